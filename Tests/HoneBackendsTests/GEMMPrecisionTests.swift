// GEMMPrecisionTests.swift: with an allowed error, weights are converted and packed in coarser types, and the error is measured.

import CHoneKernel
import HoneCore
import HoneHost
import HoneOperations
import HoneTesting
import Testing

@testable import HoneBackends

@Suite("GEMM under an error bound")
struct GEMMPrecisionTests {
  static let host = HostFacts(
    cores: 2, l2Bytes: 512 << 10, l3Bytes: 8 << 20, instructionSets: ["x86v2", "armv8"])
  static let backends = Backends(host: host)

  private func problem(_ types: String, _ attributes: [String: String]) throws -> Problem {
    try GEMMOperation().normalised(
      Problem(
        operation: "gemm", types: types, shape: ["m": 5, "n": 71, "k": 133],
        attributes: attributes))
  }

  private func variants(_ problem: Problem) throws -> [Branch] {
    try #require(Self.backends["hone"]).branches(for: problem, host: Self.host, cores: 2)
  }

  /// - Returns: the error of a branch's default, and whether it is within what is allowed.
  private func proof(_ problem: Problem, _ branch: Branch) throws -> Proof {
    let operands = try GEMMOperation().makeOperands(
      for: problem, seed: 3, copies: 2, pages: "4k")
    let plan = try #require(Self.backends["hone"]).plan(for: problem, configuration(branch))
    try plan.adopt(operands)
    operands.poison()
    plan.prepare()
    try plan.execute(operands.arguments(copy: 1))
    return operands.prove(copy: 1)
  }

  private func configuration(_ branch: Branch) -> Configuration {
    Space([branch]).configuration(at: Point(branch: 0, indices: branch.defaults))
  }

  @Test("without an allowed error only the problem's own types compute it")
  func exactAlone() throws {
    for branch in try variants(problem("f32f32", [:])) {
      #expect(branch.variant.hasPrefix("gemm.f32f32."))
    }
  }

  @Test(
    "every coarser precision is offered, computes, and errs less than is allowed",
    arguments: ["f32f32", "f32bf16", "f32f16", "bf16", "f32s8", "f32s4", "bf16s4"], ["n", "t"])
  func coarser(types: String, transB: String) throws {
    let problem = try problem(types, ["max-error": "1e-1", "transB": transB])
    let branches = try variants(problem)
    let exact = try variants(self.problem(types, ["transB": transB]))
    #expect(branches.count > exact.count)
    #expect(branches.first?.variant == exact.first?.variant)
    for branch in branches {
      let proof = try proof(problem, branch)
      #expect(proof.bound >= 0.1 && proof.bound < 0.11)
      #expect(proof.holds, "\(branch.variant): \(proof.error)")
    }
  }

  @Test("a bound that bytes cannot keep fails their proof, and not that of floats")
  func tightBound() throws {
    let problem = try problem("f32f32", ["max-error": "1e-5"])
    for branch in try variants(problem) {
      let isFloat = branch.variant.hasPrefix("gemm.f32f32.")
      #expect(try proof(problem, branch).holds == isFloat, "\(branch.variant)")
    }
  }

  @Test("an application's weights are converted as a benchmark's are")
  func packedForGuests() throws {
    let problem = try problem("f32f32", ["max-error": "5e-2"])
    for branch in try variants(problem) {
      let operands = try GEMMOperation().makeOperands(
        for: problem, seed: 4, copies: 1, pages: "4k")
      let plan = try #require(Self.backends["hone"]).plan(
        for: problem, configuration(branch))
      #expect(plan.packs)
      let packed = try plan.packed(operands.arguments(copy: 0))
      let region = try #require(packed)
      operands.poison()
      var p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_gemm.self).pointee
      (p.b, p.packed_b) = (UnsafeRawPointer(region.base), 1)
      try plan.executeAsGuest(&p)
      let proof = operands.prove(copy: 0)
      #expect(proof.holds, "\(branch.variant): \(proof.error)")
    }
  }
}
