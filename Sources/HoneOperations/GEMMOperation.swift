// GEMMOperation.swift: the operation "gemm": C = alpha op(A) op(B) + beta C, row-major.

internal import CHoneKernel
public import HoneCore

/// General matrix multiplication (BLAS standard, xGEMM). In inference A holds activations and B weights, so B is the operand
/// that is constant in use.
public struct GEMMOperation: Operation {
  public let name = "gemm"
  public let summary = "C[m×n] = alpha · op(A)[m×k] · op(B)[k×n] + beta · C, row-major"
  public let types = ["f32"]

  public init() {}

  public let dimensions: [DimensionSpec] = [
    DimensionSpec("m", "rows of C"),
    DimensionSpec("n", "columns of C"),
    DimensionSpec("k", "the summed dimension"),
    DimensionSpec("lda", "elements between the rows of A as stored") { minimumLeading($0, "a") },
    DimensionSpec("ldb", "elements between the rows of B as stored") { minimumLeading($0, "b") },
    DimensionSpec("ldc", "elements between the rows of C") { minimumLeading($0, "c") },
  ]

  public let attributes: [AttributeSpec] = [
    AttributeSpec("transA", "n: A is m×k as stored, t: k×m", allowed: ["n", "t"], default: "n"),
    AttributeSpec("transB", "n: B is k×n as stored, t: n×k", allowed: ["n", "t"], default: "n"),
    AttributeSpec("alpha", "the product's factor", allowed: ["1", "-1", "0.5", "0"], default: "1"),
    AttributeSpec(
      "beta", "C's factor; 0: C is not read", allowed: ["0", "1", "0.5"], default: "0"),
  ]

  public func validate(_ problem: Problem) throws {
    let rowsOfA = problem.attributes["transA"] == "t" ? "k" : "m"
    let rowsOfB = problem.attributes["transB"] == "t" ? "n" : "k"
    try refuseHuge(problem, "A", [rowsOfA, "lda"])
    try refuseHuge(problem, "B", [rowsOfB, "ldb"])
    try refuseHuge(problem, "C", ["m", "ldc"])
    for (matrix, name) in [("a", "lda"), ("b", "ldb"), ("c", "ldc")] {
      let least = Self.minimumLeading(problem, matrix)
      guard problem[name] >= least else {
        throw HoneError(
          .usage, "gemm: \(name)=\(problem[name]) is less than a row of \(least) elements",
          advice: "Give \(name) ≥ \(least), or leave it out.")
      }
    }
  }

  public func title(of problem: Problem) -> String {
    var text = "\(problem["m"])x\(problem["n"])x\(problem["k"])"
    let flags = (problem.attributes["transA"] ?? "n") + (problem.attributes["transB"] ?? "n")
    if flags != "nn" { text += " \(flags)" }
    for factor in ["alpha", "beta"] {
      let usual = factor == "alpha" ? "1" : "0"
      if let value = problem.attributes[factor], value != usual { text += " \(factor)=\(value)" }
    }
    let leading = [("lda", "a"), ("ldb", "b"), ("ldc", "c")].filter {
      problem[$0.0] > Self.minimumLeading(problem, $0.1)
    }
    return leading.reduce(text) { $0 + " \($1.0)=\(problem[$1.0])" }
  }

  public func cost(of problem: Problem) -> Cost {
    let (m, n, k) = (Double(problem["m"]), Double(problem["n"]), Double(problem["k"]))
    let readsC = problem.attributes["beta"] ?? "0" != "0"
    return Cost(flops: 2 * m * n * k, bytes: 4 * (m * k + k * n + m * n * (readsC ? 2 : 1)))
  }

  public func constantBytes(of problem: Problem) -> Int {
    let rows = problem.attributes["transB"] == "t" ? problem["n"] : problem["k"]
    return 4 * rows * problem["ldb"]
  }

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
    hone_gemm(
      struct_size: UInt64(MemoryLayout<hone_gemm>.size), m: Int64(problem["m"]),
      n: Int64(problem["n"]), k: Int64(problem["k"]), lda: Int64(problem["lda"]),
      ldb: Int64(problem["ldb"]), ldc: Int64(problem["ldc"]),
      trans_a: problem.attributes["transA"] == "t" ? 1 : 0,
      trans_b: problem.attributes["transB"] == "t" ? 1 : 0,
      alpha: Double(problem.attributes["alpha"] ?? "1") ?? 1,
      beta: Double(problem.attributes["beta"] ?? "0") ?? 0, a: nil, b: nil, c: nil)
  }

  /// The length of a row as stored.
  static func minimumLeading(_ problem: Problem, _ matrix: String) -> Int {
    switch matrix {
    case "a": problem.attributes["transA"] == "t" ? problem["m"] : problem["k"]
    case "b": problem.attributes["transB"] == "t" ? problem["k"] : problem["n"]
    default: problem["n"]
    }
  }
}
