// OpenBLASBackendTests.swift: OpenBLAS computes what the oracle says, through a plan.

import HoneBackends
import HoneCore
import HoneHost
import HoneOperations
import Testing

@Suite("OpenBLAS back end")
struct OpenBLASBackendTests {
  static let host = HostFacts(cores: 2)

  private func problem(_ shape: [String: Int], _ attributes: [String: String] = [:]) throws
    -> Problem
  {
    let operation = try #require(Operations.named("gemm"))
    return try operation.normalised(
      Problem(operation: "gemm", types: "f32", shape: shape, attributes: attributes))
  }

  @Test(
    "every transpose, alpha, beta and leading dimension is proven against the oracle",
    arguments: ["n", "t"], ["n", "t"])
  func transposes(a: String, b: String) throws {
    let operation = try #require(Operations.named("gemm"))
    for (alpha, beta) in [("1", "0"), ("0.5", "1"), ("-1", "0.5"), ("0", "0")] {
      let problem = try problem(
        ["m": 13, "n": 31, "k": 17, "lda": 40, "ldb": 37, "ldc": 33],
        ["transA": a, "transB": b, "alpha": alpha, "beta": beta])
      let operands = try operation.makeOperands(for: problem, seed: 7, copies: 2, pages: "4k")
      let backend = OpenBLASBackend()
      for threads in [1, 2] {
        let configuration = Configuration(
          backend: "openblas", variant: "sgemm", parameters: ["threads": .int(threads)])
        let plan = try backend.plan(for: problem, configuration)
        for copy in 0..<2 {
          operands.poison()
          plan.prepare()
          try plan.execute(operands.arguments(copy: copy))
          let proof = operands.prove(copy: copy)
          #expect(proof.holds, "\(problem.key): \(proof)")
          #expect(proof.compared == 13 * 31)
        }
      }
    }
  }

  @Test("a result that was not computed fails the proof")
  func poisonShows() throws {
    let operation = try #require(Operations.named("gemm"))
    let problem = try problem(["m": 8, "n": 8, "k": 8])
    let operands = try operation.makeOperands(for: problem, seed: 1, copies: 1, pages: "4k")
    operands.poison()
    #expect(!operands.prove(copy: 0).holds)
  }

  @Test("its default is all cores and its space is its thread counts")
  func space() throws {
    let branches = OpenBLASBackend().branches(
      for: try problem(["m": 8, "n": 8, "k": 8]), host: Self.host, cores: 6)
    let branch = try #require(branches.first)
    #expect(branch.parameters.map(\.name) == ["threads"])
    #expect(branch.parameters[0].values == [1, 2, 4, 6])
    #expect(branch.parameters[0].values[branch.defaults[0]] == 6)
  }

  @Test("it declines other operations")
  func declines() {
    let other = Problem(operation: "attention", types: "f32", shape: [:])
    #expect(OpenBLASBackend().branches(for: other, host: Self.host, cores: 1).isEmpty)
    #expect(throws: Refusal.self) {
      try OpenBLASBackend().plan(
        for: other, Configuration(backend: "openblas", variant: "sgemm"))
    }
  }
}
