// GEMMOperation.swift: the operation "gemm": C = alpha op(A) op(B) + beta C, row-major.

internal import CHoneKernel
public import HoneCore
internal import KernelReference

/// General matrix multiplication (BLAS standard, xGEMM). In inference A holds activations and B weights, so B is the operand
/// that is constant in use.
public struct GEMMOperation: Operation {
  public let name = "gemm"
  public let summary = "C[m×n] = alpha · op(A)[m×k] · op(B)[k×n] + beta · C, row-major"
  /// `GEMMTypes` says what the words mean; sums are float in all of these.
  public let types = GEMMTypes.names
  public let constantOperands = ["B"]

  public init() {}

  public let dimensions: [DimensionSpec] = [
    DimensionSpec("m", "rows of C"),
    DimensionSpec("n", "columns of C"),
    DimensionSpec("k", "the summed dimension"),
    DimensionSpec("lda", "elements between the rows of A as stored") { minimumLeading($0, "a") },
    DimensionSpec("ldb", "elements between the rows of B as stored") { minimumLeading($0, "b") },
    DimensionSpec("ldc", "elements between the rows of C") { minimumLeading($0, "c") },
    DimensionSpec("batch", "so many products, their matrices one after another", isLeftOut: true) {
      _ in 1
    },
  ]

  static func batch(of problem: Problem) -> Int { problem.shape["batch"] ?? 1 }

  public let attributes: [AttributeSpec] = [
    AttributeSpec("transA", "n: A is m×k as stored, t: k×m", allowed: ["n", "t"], default: "n"),
    AttributeSpec("transB", "n: B is k×n as stored, t: n×k", allowed: ["n", "t"], default: "n"),
    AttributeSpec("alpha", "the product's factor", allowed: ["1", "-1", "0.5", "0"], default: "1"),
    AttributeSpec(
      "beta", "C's factor; 0: C is not read", allowed: ["0", "1", "0.5"], default: "0"),
    AttributeSpec(
      "group", "s8, s4: steps of k that share a scale; column: all of them",
      allowed: ["column", "32", "64", "128"], default: "column", isLeftOut: true),
    AttributeSpec(
      "zeros", "s8, s4: y: each scale has a zero point beside it", allowed: ["n", "y"],
      default: "n", isLeftOut: true),
    AttributeSpec(
      "compute",
      "s8 (weights in s8, s4): A may be rounded to 8 bits, one scale a row or finer; bf16 (weights in bf16): to bfloat16",
      allowed: ["exact", "s8", "bf16"], default: "exact", isLeftOut: true),
    AttributeSpec(
      "a-scales", "A in bytes: it has one scale (and zero point) for all, or one a row",
      allowed: ["row", "tensor"], default: "row", isLeftOut: true),
    AttributeSpec(
      "a-zeros", "A in bytes: y: each of its scales has a zero point beside it",
      allowed: ["n", "y"], default: "n", isLeftOut: true),
    AttributeSpec(
      "max-error",
      "constant B: any precision whose error, relative to the magnitudes of a sum's terms, stays below may be used",
      allowed: GEMMPrecision.bounds, default: "none", isLeftOut: true),
    AttributeSpec(
      "epilogue", "what follows: C = activation(… + bias) + residual", allowed: GEMMEpilogue.names,
      default: "none", isLeftOut: true),
  ]

  public func validate(_ problem: Problem) throws {
    let rowsOfA = problem.attributes["transA"] == "t" ? "k" : "m"
    let rowsOfB = problem.attributes["transB"] == "t" ? "n" : "k"
    let times = Self.batch(of: problem) > 1 ? ["batch"] : []
    try refuseHuge(problem, "A", [rowsOfA, "lda"] + times)
    try refuseHuge(problem, "B", [rowsOfB, "ldb"] + times)
    try refuseHuge(problem, "C", ["m", "ldc"] + times)
    try validateWeights(problem)
    try validateBytes(problem)
    try validateBatch(problem)
    for (matrix, name) in [("a", "lda"), ("b", "ldb"), ("c", "ldc")] {
      let least = Self.minimumLeading(problem, matrix)
      guard problem[name] >= least else {
        throw HoneError(
          .usage, "gemm: \(name)=\(problem[name]) is less than a row of \(least) elements",
          advice: "Give \(name) ≥ \(least), or leave it out.")
      }
    }
  }

  private func validateBatch(_ problem: Problem) throws {
    let batch = Self.batch(of: problem)
    guard batch > 0 else {
      throw HoneError(.usage, "gemm: batch cannot be 0", advice: "Give batch ≥ 1, or leave it out.")
    }
    guard batch > 1, problem.types != "f32" || problem.attributes["epilogue"] != nil else {
      return
    }
    throw HoneError(
      .usage, "gemm \(problem.types): batch=\(batch) is for f32 without an epilogue",
      advice: "Leave batch out, or choose the type f32 and no epilogue.")
  }

  /// A in bytes, and C in whole numbers.
  private func validateBytes(_ problem: Problem) throws {
    let types = GEMMTypes(problem.types)
    func refuse(_ attribute: String, _ reason: String) -> HoneError {
      HoneError(
        .usage, "gemm \(problem.types): '\(attribute)' \(reason)",
        advice: "Leave it out, or choose other types.")
    }
    for name in ["a-scales", "a-zeros"] where problem.attributes[name] != nil && !types.isByte {
      throw refuse(name, "is for A in u8 or s8")
    }
    guard types.isByte else { return }
    if problem.attributes["group"] != nil { throw refuse("group", "is for float activations") }
    guard types.c == .s32 else { return }
    let plain = ["alpha": "1", "beta": "0", "epilogue": "none", "a-scales": "row"]
    for (name, usual) in plain.sorted(by: { $0.key < $1.key })
    where problem.attributes[name] ?? usual != usual {
      throw refuse(name, "means nothing where C holds whole sums")
    }
  }

  private func validateWeights(_ problem: Problem) throws {
    let type = Self.weightType(of: problem.types)
    let given = ["group", "zeros"].filter { problem.attributes[$0] != nil }
    guard type.isScaled || given.isEmpty else {
      throw HoneError(
        .usage, "gemm \(problem.types): '\(given[0])' means nothing for weights without scales",
        advice: "Leave it out, or choose types with weights in s8 or s4.")
    }
    let compute = problem.attributes["compute"] ?? "exact"
    let isFloat = !GEMMTypes(problem.types).isByte
    let allowed =
      type.isScaled && isFloat ? "s8" : problem.types == "f32bf16" ? "bf16" : "exact"
    guard compute == "exact" || compute == allowed else {
      throw HoneError(
        .usage, "gemm \(problem.types): compute cannot be '\(compute)' for such weights",
        advice: "Leave it out\(allowed == "exact" ? "" : ", or give compute=\(allowed)").")
    }
    guard type != .s4 || problem["ldb"] % 2 == 0 else {
      throw HoneError(
        .usage, "gemm \(problem.types): ldb=\(problem["ldb"]) is odd; two elements share a byte",
        advice: "Give an even ldb.")
    }
  }

  public func title(of problem: Problem) -> String {
    var text = "\(problem["m"])x\(problem["n"])x\(problem["k"])"
    if problem.types != "f32" { text = "\(problem.types) \(text)" }
    if Self.batch(of: problem) > 1 { text += " batch=\(Self.batch(of: problem))" }
    let flags = (problem.attributes["transA"] ?? "n") + (problem.attributes["transB"] ?? "n")
    if flags != "nn" { text += " \(flags)" }
    for factor in ["alpha", "beta"] {
      let usual = factor == "alpha" ? "1" : "0"
      if let value = problem.attributes[factor], value != usual { text += " \(factor)=\(value)" }
    }
    for name in [
      "group", "zeros", "compute", "a-scales", "a-zeros", "max-error", "epilogue",
    ] {
      if let value = problem.attributes[name] { text += " \(name)=\(value)" }
    }
    let leading = [("lda", "a"), ("ldb", "b"), ("ldc", "c")].filter {
      problem[$0.0] > Self.minimumLeading(problem, $0.1)
    }
    return leading.reduce(text) { $0 + " \($1.0)=\(problem[$1.0])" }
  }

  public func cost(of problem: Problem) -> Cost {
    let (m, n, k) = (Double(problem["m"]), Double(problem["n"]), Double(problem["k"]))
    let readsC = problem.attributes["beta"] ?? "0" != "0"
    let types = GEMMTypes(problem.types)
    let epilogue = GEMMEpilogue(problem)
    let passes = 1.0 + (readsC ? 1 : 0) + (epilogue.hasResidual ? 1 : 0)
    let bits =
      m * k * Double(types.a.bits) + k * n * Double(types.b.bits)
      + m * n * passes * Double(types.c.bits) + (epilogue.hasBias ? 32 * n : 0)
    let batch = Double(Self.batch(of: problem))
    return Cost(
      flops: 2 * m * n * k * batch, bytes: (bits / 8 + Self.scaleBytes(problem)) * batch)
  }

  public func constantBytes(of problem: Problem) -> Double {
    let rows = problem.attributes["transB"] == "t" ? problem["n"] : problem["k"]
    let bits = Double(Self.weightType(of: problem.types).bits)
    let one = Double(rows) * Double(problem["ldb"]) * bits / 8 + Self.scaleBytes(problem)
    return one * Double(Self.batch(of: problem))
  }

  /// Bytes of scales and zero points.
  private static func scaleBytes(_ problem: Problem) -> Double {
    guard weightType(of: problem.types).isScaled else { return 0 }
    let group = groupSteps(problem)
    let groups = group > 0 ? (Double(problem["k"]) / Double(group)).rounded(.up) : 1
    return Double(problem["n"]) * groups
      * ((group > 0 ? 2 : 4) + (problem.attributes["zeros"] == "y" ? 1 : 0))
  }

  /// Steps of k that share a scale; 0: all.
  private static func groupSteps(_ problem: Problem) -> Int {
    Int(problem.attributes["group"] ?? "0") ?? 0
  }

  static func weightType(of types: String) -> StoredType { GEMMTypes(types).b }

  public func withSizes<R>(of problem: Problem, _ body: (UnsafeRawPointer) -> R) -> R {
    var sizes = Self.sizes(of: problem)
    return body(&sizes)
  }

  public func makeOperands(
    for problem: Problem, seed: UInt64, copies: Int, pages: String
  ) throws -> any Operands {
    try GEMMOperands(problem: problem, seed: seed, copies: copies, pages: pages)
  }

  static func sizes(of problem: Problem) -> hone_gemm {
    var p = hone_gemm()
    p.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
    (p.m, p.n, p.k) = (Int64(problem["m"]), Int64(problem["n"]), Int64(problem["k"]))
    (p.lda, p.ldb, p.ldc) = (Int64(problem["lda"]), Int64(problem["ldb"]), Int64(problem["ldc"]))
    p.trans_a = problem.attributes["transA"] == "t" ? 1 : 0
    p.trans_b = problem.attributes["transB"] == "t" ? 1 : 0
    p.alpha = Double(problem.attributes["alpha"] ?? "1") ?? 1
    p.beta = Double(problem.attributes["beta"] ?? "0") ?? 0
    p.group = Int64(groupSteps(problem))
    p.zero_points = problem.attributes["zeros"] == "y" ? 1 : 0
    p.a_row_scales =
      GEMMTypes(problem.types).isByte && problem.attributes["a-scales"] != "tensor" ? 1 : 0
    p.a_zero_points = problem.attributes["a-zeros"] == "y" ? 1 : 0
    p.compute = computes[problem.attributes["compute"] ?? "exact"] ?? 0
    let types = GEMMTypes(problem.types)
    (p.a_type, p.c_type) = (GEMMTypes.code(types.a), GEMMTypes.code(types.c))
    let epilogue = GEMMEpilogue(problem)
    (p.has_bias, p.has_residual) = (epilogue.hasBias ? 1 : 0, epilogue.hasResidual ? 1 : 0)
    (p.activation, p.ldr) = (epilogue.activation, epilogue.hasResidual ? p.ldc : 0)
    p.batch = Int64(batch(of: problem))
    guard p.batch > 1 else { return p }
    p.a_batch_stride = (p.trans_a == 0 ? p.m : p.k) * p.lda
    p.b_batch_stride = (p.trans_b == 0 ? p.k : p.n) * p.ldb
    p.c_batch_stride = p.m * p.ldc
    return p
  }

  private static let computes = [
    "exact": Int32(HONE_COMPUTE_EXACT), "s8": Int32(HONE_COMPUTE_S8),
    "bf16": Int32(HONE_COMPUTE_BF16),
  ]

  /// Rows of 4-bit elements begin at a byte.
  private static func evenWhereHalved(_ problem: Problem, _ length: Int) -> Int {
    weightType(of: problem.types) == .s4 ? (length + 1) / 2 * 2 : length
  }

  /// The length of a row as stored.
  static func minimumLeading(_ problem: Problem, _ matrix: String) -> Int {
    switch matrix {
    case "a": problem.attributes["transA"] == "t" ? problem["m"] : problem["k"]
    case "b":
      evenWhereHalved(problem, problem.attributes["transB"] == "t" ? problem["k"] : problem["n"])
    default: problem["n"]
    }
  }
}
