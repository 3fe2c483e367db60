// EmbeddingBagOperation.swift: the operation "embedding-bag": sums of table rows chosen by indices.

internal import CHoneKernel
public import HoneCore

/// Pooled embedding look-up, as PyTorch's `nn.EmbeddingBag`. The table is the operand that is constant in use; its data
/// (which rows are looked up) is part of the problem as `distribution`.
public struct EmbeddingBagOperation: Operation {
  public let name = "embedding-bag"
  public let summary = "output[bag] = sum or mean of the table rows that the bag's indices name"
  public let types = ["f32"]
  public let constantOperands = ["table"]

  public init() {}

  public let dimensions: [DimensionSpec] = [
    DimensionSpec("rows", "rows of the table"),
    DimensionSpec("dim", "elements of a row"),
    DimensionSpec("bags", "rows of the output"),
    DimensionSpec("lookups", "indices in all bags together"),
  ]

  public let attributes: [AttributeSpec] = [
    AttributeSpec(
      "pooling", "how a bag's rows are joined", allowed: ["sum", "mean"], default: "sum"),
    AttributeSpec(
      "weighted", "is there a weight for each index (sum only)?", allowed: ["no", "yes"],
      default: "no"),
    AttributeSpec(
      "indices", "type of indices and offsets", allowed: ["int64", "int32"], default: "int64"),
    AttributeSpec(
      "distribution",
      "which rows are looked up: any alike, or popular ones more often (Zipf, s = 1.05)",
      allowed: ["uniform", "zipf"], default: "uniform"),
  ]

  public func validate(_ problem: Problem) throws {
    try refuseHuge(problem, "the table", ["rows", "dim"])
    try refuseHuge(problem, "the output", ["bags", "dim"])
    try refuseHuge(problem, "the looked-up rows", ["lookups", "dim"])
    guard problem["rows"] > 0 || problem["lookups"] == 0 else {
      throw HoneError(
        .usage, "embedding-bag: \(problem["lookups"]) look-ups need a table with rows",
        advice: "Give rows ≥ 1, or lookups=0.")
    }
    guard problem["bags"] > 0 || problem["lookups"] == 0 else {
      throw HoneError(
        .usage, "embedding-bag: \(problem["lookups"]) look-ups need a bag to go to",
        advice: "Give bags ≥ 1, or lookups=0.")
    }
    if problem.attributes["weighted"] == "yes", problem.attributes["pooling"] == "mean" {
      throw HoneError(
        .usage, "embedding-bag: a weighted mean is not defined",
        advice: "Use pooling=sum with weighted=yes, or pooling=mean with weighted=no.")
    }
    guard problem.attributes["indices"] != "int32" || problem["rows"] <= Int(Int32.max) else {
      throw HoneError(
        .usage, "embedding-bag: int32 indices cannot name \(problem["rows"]) rows",
        advice: "Use indices=int64.")
    }
  }

  public func title(of problem: Problem) -> String {
    let bags = max(1, problem["bags"])
    let average = Double(problem["lookups"]) / Double(bags)
    var text = "\(problem["rows"])x\(problem["dim"]) bags=\(problem["bags"])×"
    text += average == average.rounded() ? "\(Int(average))" : "\((average * 10).rounded() / 10)"
    if problem.attributes["pooling"] == "mean" { text += " mean" }
    if problem.attributes["weighted"] == "yes" { text += " weighted" }
    if problem.attributes["distribution"] == "zipf" { text += " zipf" }
    return text
  }

  public func cost(of problem: Problem) -> Cost {
    let lookups = Double(problem["lookups"])
    let dim = Double(problem["dim"])
    let indexBytes = problem.attributes["indices"] == "int32" ? 4.0 : 8.0
    let rows = lookups * dim * 4
    let weights = problem.attributes["weighted"] == "yes" ? lookups * 4 : 0
    let rest = (lookups + Double(problem["bags"])) * indexBytes + weights
    return Cost(
      flops: lookups * dim * (weights > 0 ? 2 : 1),
      bytes: rows + rest + Double(problem["bags"]) * dim * 4, gatheredBytes: rows,
      gatheredRowBytes: Int(dim) * 4)
  }

  public func constantBytes(of problem: Problem) -> Int {
    4 * problem["dim"] * min(problem["rows"], problem["lookups"])
  }

  public func withSizes<R>(of problem: Problem, _ body: (UnsafeRawPointer) -> R) -> R {
    var sizes = Self.sizes(of: problem)
    return body(&sizes)
  }

  public func makeOperands(
    for problem: Problem, seed: UInt64, copies: Int, pages: String
  ) throws -> any Operands {
    try EmbeddingBagOperands(problem: problem, seed: seed, copies: copies, pages: pages)
  }

  static func sizes(of problem: Problem) -> hone_embedding_bag {
    hone_embedding_bag(
      struct_size: UInt64(MemoryLayout<hone_embedding_bag>.size), rows: Int64(problem["rows"]),
      dim: Int64(problem["dim"]), bags: Int64(problem["bags"]),
      index_count: Int64(problem["lookups"]), table_stride: Int64(problem["dim"]),
      output_stride: Int64(problem["dim"]),
      index_bytes: problem.attributes["indices"] == "int32" ? 4 : 8,
      pooling: Int32(
        problem.attributes["pooling"] == "mean" ? HONE_POOL_MEAN : HONE_POOL_SUM), table: nil,
      indices: nil, offsets: nil, weights: nil, output: nil)
  }
}
