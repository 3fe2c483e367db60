// EmbeddingBagOperation.swift: the operation "embedding-bag": sums of table rows chosen by indices.

internal import CHoneKernel
public import HoneCore
internal import KernelReference

/// Pooled embedding look-up, as PyTorch's `nn.EmbeddingBag`. The table is the operand that is constant in use; its data
/// (which rows are looked up) is part of the problem as `distribution`.
public struct EmbeddingBagOperation: Operation {
  public let name = "embedding-bag"
  public let summary = "output[bag] = the table rows that the bag's indices name, joined"
  /// Of a row's elements; where those are scaled (unsigned 8 or 4 bits), then of its scale and bias.
  public let types = ["f32", "f16", "bf16", "u8f32", "u8f16", "u4f32", "u4f16"]
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
      "pooling", "how a bag's rows are joined; none: each look-up is a bag",
      allowed: ["sum", "mean", "max", "none"], default: "sum"),
    AttributeSpec(
      "weighted", "is there a weight for each index (sum only)?", allowed: ["no", "yes"],
      default: "no"),
    AttributeSpec(
      "indices", "type of indices and offsets", allowed: ["int64", "int32"], default: "int64"),
    AttributeSpec(
      "distribution",
      "which rows are looked up: any alike, popular ones more often (Zipf, s = 1.05), as in published statistics, or as in a measured stream",
      allowed: ["uniform", "zipf"] + ReuseLaw.names, default: "uniform", isData: true,
      form: (MeasuredReuse.form, { MeasuredReuse(word: $0) != nil })),
    AttributeSpec(
      "output", "type of the output's elements", allowed: BagOutputType.allCases.map(\.rawValue),
      default: "f32", isLeftOut: true),
    AttributeSpec(
      "max-error",
      "a constant table: any types of rows whose error, relative to the magnitudes of the terms of a bag's largest column, stays below may be used",
      allowed: GEMMPrecision.bounds, default: "none", isLeftOut: true),
    AttributeSpec(
      "scales", "u8, u4: where in its row scale and bias stand", allowed: ["last", "first"],
      default: "last", isLeftOut: true),
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
    try validateWords(problem)
    guard problem.attributes["indices"] != "int32" || problem["rows"] <= Int(Int32.max) else {
      throw HoneError(
        .usage, "embedding-bag: int32 indices cannot name \(problem["rows"]) rows",
        advice: "Use indices=int64.")
    }
  }

  /// Attributes that exclude one another.
  private func validateWords(_ problem: Problem) throws {
    let pooling = problem.attributes["pooling"] ?? "sum"
    if problem.attributes["weighted"] == "yes", pooling != "sum" {
      throw HoneError(
        .usage, "embedding-bag: weights mean something for a sum only, not for \(pooling)",
        advice: "Use pooling=sum with weighted=yes, or weighted=no.")
    }
    if pooling == "none", problem["bags"] != problem["lookups"] {
      throw HoneError(
        .usage,
        "embedding-bag: without pooling each look-up is a bag; bags=\(problem["bags"]), lookups=\(problem["lookups"])",
        advice: "Give bags=\(problem["lookups"]), or another pooling.")
    }
    guard problem.attributes["scales"] == nil || Self.rowType(of: problem).isScaled else {
      throw HoneError(
        .usage, "embedding-bag \(problem.types): 'scales' means nothing for rows without scales",
        advice: "Leave it out, or choose the types u8f32, u8f16, u4f32 or u4f16.")
    }
  }

  public func title(of problem: Problem) -> String {
    let bags = max(1, problem["bags"])
    let average = Double(problem["lookups"]) / Double(bags)
    var text = "\(problem["rows"])x\(problem["dim"]) bags=\(problem["bags"])×"
    if problem.types != "f32" { text = "\(problem.types) \(text)" }
    text += average == average.rounded() ? "\(Int(average))" : "\((average * 10).rounded() / 10)"
    if let pooling = problem.attributes["pooling"], pooling != "sum" { text += " \(pooling)" }
    if problem.attributes["weighted"] == "yes" { text += " weighted" }
    if let drawn = problem.attributes["distribution"], drawn != "uniform" { text += " \(drawn)" }
    if let output = problem.attributes["output"] { text += " to \(output)" }
    if let place = problem.attributes["scales"] { text += " scales \(place)" }
    if let error = problem.attributes["max-error"] { text += " within \(error)" }
    return text
  }

  public func cost(of problem: Problem) -> Cost {
    let lookups = Double(problem["lookups"])
    let dim = Double(problem["dim"])
    let indexBytes = problem.attributes["indices"] == "int32" ? 4.0 : 8.0
    let rowBytes = Self.rowType(of: problem).rowBytes(problem["dim"])
    let rows = lookups * Double(rowBytes)
    let weights = problem.attributes["weighted"] == "yes" ? lookups * 4 : 0
    let rest = (lookups + Double(problem["bags"])) * indexBytes + weights
    return Cost(
      flops: lookups * dim * (weights > 0 ? 2 : 1),
      bytes: rows + rest
        + Double(problem["bags"]) * dim * Double(Self.outputType(of: problem).bytes),
      gatheredBytes: rows, gatheredRowBytes: rowBytes)
  }

  public func constantBytes(of problem: Problem) -> Double {
    Double(Self.rowType(of: problem).rowBytes(problem["dim"]))
      * Double(min(problem["rows"], problem["lookups"]))
  }

  /// Of the whole table.
  public func tableBytes(of problem: Problem) -> Double {
    Double(Self.rowType(of: problem).rowBytes(problem["dim"])) * Double(problem["rows"])
  }

  /// A table is made whole, whatever part of it is read; each set has indices of its own.
  public func operandBytes(of problem: Problem, copies: Int) -> Double {
    let tables = Double(EmbeddingBagOperands.tableCount(problem, copies: copies))
    let cost = cost(of: problem)
    let rest = max(0, cost.bytes - cost.gatheredBytes)
    let indices = 8 * Double(problem["lookups"]) * Double(copies - 1)
    return tables * tableBytes(of: problem) + indices + rest
  }

  /// A set is a few bytes for each row that it reads.
  public var mostCopies: Int { 1 << 14 }

  public func dataDistance(_ one: Problem, _ other: Problem) -> Double? {
    let laws = [one, other].map {
      IndexLaw(named: $0.attributes["distribution"] ?? "uniform", rows: other["rows"])
    }
    return laws[0].distance(to: laws[1])
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

  /// "f32" for a type that there is not.
  static func rowType(of problem: Problem) -> BagRowType {
    BagRowType(rawValue: problem.types) ?? .f32
  }

  static func outputType(of problem: Problem) -> BagOutputType {
    problem.attributes["output"].flatMap(BagOutputType.init) ?? .f32
  }

  private static let poolings: [String: Int] = [
    "sum": Int(HONE_POOL_SUM), "mean": Int(HONE_POOL_MEAN), "max": Int(HONE_POOL_MAX),
    "none": Int(HONE_POOL_NONE),
  ]

  private static let outputs: [BagOutputType: Int] = [
    .f32: Int(HONE_OUTPUT_F32), .f16: Int(HONE_OUTPUT_F16), .bf16: Int(HONE_OUTPUT_BF16),
  ]

  static func sizes(of problem: Problem) -> hone_embedding_bag {
    var sizes = hone_embedding_bag()
    sizes.struct_size = UInt64(MemoryLayout<hone_embedding_bag>.size)
    sizes.rows = Int64(problem["rows"])
    sizes.dim = Int64(problem["dim"])
    sizes.bags = Int64(problem["bags"])
    sizes.index_count = Int64(problem["lookups"])
    sizes.table_stride = Int64(rowType(of: problem).leastStride(problem["dim"]))
    sizes.output_stride = Int64(problem["dim"])
    sizes.index_bytes = problem.attributes["indices"] == "int32" ? 4 : 8
    sizes.pooling = Int32(poolings[problem.attributes["pooling"] ?? "sum"] ?? 0)
    sizes.output_type = Int32(outputs[outputType(of: problem)] ?? 0)
    sizes.scales_first = problem.attributes["scales"] == "first" ? 1 : 0
    return sizes
  }
}
