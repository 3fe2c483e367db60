// OperationTests.swift: problems are completed and refused with reasons; costs count what they should.

import HoneCore
import Testing

@testable import HoneOperations

@Suite("Operations")
struct OperationTests {
  private func normalised(_ problem: Problem) throws -> Problem {
    try #require(Operations.named(problem.operation)).normalised(problem)
  }

  @Test("a problem gets every field, and equal problems have equal keys")
  func defaults() throws {
    let short = try normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 2, "n": 3, "k": 4]))
    let long = try normalised(
      Problem(
        operation: "gemm", types: "f32",
        shape: ["m": 2, "n": 3, "k": 4, "lda": 4, "ldb": 3, "ldc": 3],
        attributes: ["transA": "n", "transB": "n", "alpha": "1", "beta": "0"]))
    #expect(short == long)
    #expect(short.key == "gemm f32 k=4 lda=4 ldb=3 ldc=3 m=2 n=3 alpha=1 beta=0 transA=n transB=n")
  }

  @Test("a transposed matrix has the other row length")
  func transposedLeading() throws {
    let problem = try normalised(
      Problem(
        operation: "gemm", types: "f32", shape: ["m": 2, "n": 3, "k": 4],
        attributes: ["transA": "t", "transB": "t"]))
    #expect(problem["lda"] == 2)
    #expect(problem["ldb"] == 4)
  }

  @Test(
    "what cannot be is refused with the name of the field",
    arguments: [
      (["m": 2, "n": 3], [:], "k"),
      (["m": 2, "n": 3, "k": -1], [:], "k"),
      (["m": 2, "n": 3, "k": 4, "lda": 3], [:], "lda"),
      (["m": 2, "n": 3, "k": 4, "q": 3], [:], "q"),
      (["m": 2, "n": 3, "k": 4], ["transA": "x"], "transA"),
      (["m": 2, "n": 3, "k": 4], ["colour": "x"], "colour"),
    ] as [([String: Int], [String: String], String)])
  func refusals(shape: [String: Int], attributes: [String: String], field: String) {
    let problem = Problem(operation: "gemm", types: "f32", shape: shape, attributes: attributes)
    let error = #expect(throws: HoneError.self) { try normalised(problem) }
    #expect(error?.message.contains(field) == true)
    #expect(error?.code == .usage)
    #expect(error?.advice.isEmpty == false)
  }

  @Test("heads must be a multiple of kvHeads, indices must fit, a weighted mean is refused")
  func crossFieldRules() {
    let problems = [
      Problem(
        operation: "attention", types: "f32",
        shape: ["heads": 6, "kvHeads": 4, "lq": 1, "headDim": 8]),
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": 1 << 33, "dim": 4, "bags": 1, "lookups": 1],
        attributes: ["indices": "int32"]),
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": 9, "dim": 4, "bags": 1, "lookups": 1],
        attributes: ["pooling": "mean", "weighted": "yes"]),
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": 0, "dim": 4, "bags": 1, "lookups": 1]),
    ]
    for problem in problems {
      #expect(throws: HoneError.self) { try normalised(problem) }
    }
  }

  @Test("causal attention costs only what the mask lets through")
  func causalCost() throws {
    func flops(_ mask: String, lq: Int, lk: Int) throws -> Double {
      let problem = try normalised(
        Problem(
          operation: "attention", types: "f32",
          shape: ["heads": 1, "lq": lq, "lk": lk, "headDim": 1], attributes: ["mask": mask]))
      return try #require(Operations.named("attention")).cost(of: problem).flops
    }
    #expect(try flops("none", lq: 3, lk: 5) == 60)
    #expect(try flops("causal", lq: 3, lk: 5) == 48)
    #expect(try flops("causal-top-left", lq: 3, lk: 5) == 24)
    for (lq, lk) in [(1, 1), (1, 7), (7, 1), (4, 4), (0, 3), (3, 0), (6, 11), (11, 6)] {
      for (mask, shift) in [("causal", lk - lq), ("causal-top-left", 0)] {
        let pairs = (0..<lq).map { max(0, min(lk, $0 + shift + 1)) }.reduce(0, +)
        #expect(try flops(mask, lq: lq, lk: lk) == Double(4 * pairs), "\(mask) \(lq) \(lk)")
      }
    }
    // More queries than keys: the first queries see nothing.
    #expect(try flops("causal", lq: 5, lk: 3) == 24)
  }

  @Test(
    "a problem that no machine holds is refused rather than multiplied out",
    arguments: [
      ("gemm", ["m": 1 << 40, "n": 1 << 40, "k": 1]),
      ("gemm", ["m": 1, "n": 1 << 40, "k": 1 << 40]),
      ("attention", ["batch": 1 << 40, "heads": 1 << 40, "lq": 1 << 40, "headDim": 1 << 40]),
      ("embedding-bag", ["rows": 1 << 40, "dim": 1 << 40, "bags": 1, "lookups": 1]),
    ] as [(String, [String: Int])])
  func absurdSizes(operation: String, shape: [String: Int]) {
    let error = #expect(throws: HoneError.self) {
      try normalised(Problem(operation: operation, types: "f32", shape: shape))
    }
    #expect(error?.message.contains("2^44") == true)
  }

  @Test("GEMM and embedding-bag count their flops and bytes")
  func costs() throws {
    let gemm = try normalised(
      Problem(
        operation: "gemm", types: "f32", shape: ["m": 2, "n": 3, "k": 4],
        attributes: ["beta": "1"]))
    let gemmCost = try #require(Operations.named("gemm")).cost(of: gemm)
    #expect(gemmCost.flops == 48)
    #expect(gemmCost.bytes == 128)  // A 8, B 12, C twice 6 elements
    let bag = try normalised(
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": 100, "dim": 16, "bags": 4, "lookups": 20]))
    let bagCost = try #require(Operations.named("embedding-bag")).cost(of: bag)
    #expect(bagCost.flops == 320)
    #expect(bagCost.gatheredBytes == 1280)
    #expect(bagCost.gatheredRowBytes == 64)
    #expect(bagCost.bytes == 1728)  // rows 1280, indices and offsets 192, output 256
  }

  @Test("operands are the same for the same seed and differ for another copy")
  func seeds() throws {
    let problem = try normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 4, "n": 4, "k": 4]))
    let operation = try #require(Operations.named("gemm"))
    func weights(_ copy: Int) throws -> [Float] {
      let operands = try operation.makeOperands(for: problem, seed: 3, copies: 2, pages: "4k")
      return withExtendedLifetime(operands) { firstWeights(operands.arguments(copy: copy)) }
    }
    #expect(try weights(0) == weights(0))
    #expect(try weights(0) != weights(1))
  }

  @Test(
    "cold sets of indices take turns over tables that hold what they read",
    arguments: [
      // rows, look-ups, sets → tables
      (1000, 100, 1, 1), (1000, 100, 10, 1), (1000, 100, 11, 2), (1000, 900, 4, 4),
      (100, 5000, 3, 3), (1 << 30, 1000, 100, 1),
    ])
  func tables(rows: Int, lookups: Int, sets: Int, count: Int) throws {
    let problem = try normalised(
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": rows, "dim": 4, "bags": 2, "lookups": lookups]))
    #expect(EmbeddingBagOperands.tableCount(problem, copies: sets) == count)
    // Floats of all tables, and of each further set its indices: what a budget is planned with.
    let operation = EmbeddingBagOperation()
    let cost = operation.cost(of: problem)
    #expect(
      operation.operandBytes(of: problem, copies: sets)
        == Double(count * rows * 16 + (sets - 1) * lookups * 8) + cost.bytes - cost.gatheredBytes)
  }
}
