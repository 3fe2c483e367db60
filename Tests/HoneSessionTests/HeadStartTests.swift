// HeadStartTests.swift: where first candidates come from, and what a near shape's winner saves.

import HoneCore
import HoneTesting
import HoneWorkloads
import Testing

@testable import Hone

@Suite("Head start")
struct HeadStartTests {
  /// One good configuration of 336, without a slope that leads there.
  private static let needle = SimulatedBackend.Variant(
    "needle",
    parameters: [
      Parameter("a", (1...24).map { .int($0) }), Parameter("b", (1...14).map { .int($0) }),
    ]
  ) {
    $0.int("a", default: 1) == 17 && $0.int("b", default: 1) == 9
      ? 0.5e-3 : 1e-3 + 1e-6 * Double(($0.int("a", default: 1) * 7919) % 97)
  }

  @Test("a second shape finds with transfer at once what alone it would have to search for")
  func transferSaves() throws {
    let folder = SessionBench.temporaryFolder()
    defer { SessionBench.remove(folder) }
    // The first shape is searched whole.
    let first = try SessionBench(variants: [Self.needle], folder: folder)
    let best = try #require(
      try first.tune(budget: 100, strategy: "exhaustive").first?.served?.configuration)
    #expect(best == "simulated needle a=17 b=9")
    let second = try SessionBench(variants: [Self.needle], folder: folder)
    let with = try #require(
      try second.tune([.init(SessionBench.problem(6, 8, 10))], budget: 1.2, strategy: "random")
        .first)
    #expect(with.served?.configuration == best)
    #expect(with.served?.origin == "transfer:3x4x5")
    let alone = try SessionBench(variants: [Self.needle])
    let without = try #require(
      try alone.tune([.init(SessionBench.problem(6, 8, 10))], budget: 1.2, strategy: "random").first
    )
    #expect(without.served?.configuration != best)
  }

  @Test("records carry who thought of them, and the strategy's carry which proposal they were")
  func origins() throws {
    let bench = try SessionBench(variants: [
      Self.needle, .init("other") { _ in 0.9e-3 },
    ])
    _ = try bench.tune(budget: 4)
    let records = try bench.records()
    #expect(records.allSatisfy { $0.origin != nil })
    let kinds = Set(records.compactMap(\.origin))
    #expect(kinds == ["default", "analytic", "strategy:auto"])
    let steps = records.filter { $0.stage == .screen }.compactMap(\.step)
    #expect(steps.map(\.number).sorted() == Array(1...steps.count))
    #expect(
      records.filter { $0.stage == .screen }.allSatisfy {
        ($0.step != nil) == ($0.origin == "strategy:auto")
      })
  }

  private func tree() throws -> SpaceTree {
    try SpaceTree(
      Space([
        Branch(
          backend: "hone", variant: "gemm.f32.packed.6x16@x86v3",
          parameters: [
            Parameter("kc", [64, 128, 256]), Parameter("threads", [1, 2, 4]),
            Parameter("order", ["a", "b"], kind: .categorical),
          ],
          constraints: [
            Constraint("small kc on one thread", over: ["kc", "threads"]) {
              $0[0] != 64 || $0[1] == 1
            }
          ], defaults: [1, 0, 0])
      ]))
  }

  private func configuration(
    _ variant: String, _ parameters: [String: ParameterValue]
  ) -> Configuration {
    Configuration(backend: "hone", variant: variant, parameters: parameters)
  }

  @Test(
    "a configuration from elsewhere is re-mapped by names, to the nearest values that are valid")
  func adoption() throws {
    let tree = try tree()
    let foreign = configuration(
      "gemm.f32.packed.6x64@x86v4",
      ["kc": 300, "threads": 16, "order": "b", "unroll": 4])
    let adopted = tree.adopt(foreign, cores: 4, foreignCores: 16)
    #expect(adopted == .point(Point(branch: 0, indices: [2, 2, 1])))
    // kc = 64 and four threads exclude each other: the first that was taken over stays.
    let tight = configuration("gemm.f32.packed.6x16@x86v3", ["kc": 70, "threads": 4])
    #expect(
      tree.adopt(tight, cores: 4, foreignCores: 4) == .point(Point(branch: 0, indices: [0, 0, 0])))
  }

  @Test("what has no counterpart is dropped with a reason")
  func dropped() throws {
    let tree = try tree()
    let foreign = Configuration(backend: "mkl", variant: "sgemm")
    guard case .dropped(let reason) = tree.adopt(foreign, cores: 1, foreignCores: 1) else {
      Issue.record("it was adopted")
      return
    }
    #expect(reason.contains("mkl sgemm"))
  }

  @Test(
    "tile and instruction set are no part of an algorithm's name",
    arguments: [
      ("gemm.f32.packed.6x16@x86v3", "gemm.f32.packed"),
      ("gemm.f32.direct@x86v4", "gemm.f32.direct"),
      ("sgemm", "sgemm"), ("", ""),
    ])
  func algorithms(variant: String, algorithm: String) {
    #expect(variant.algorithm == algorithm)
  }
}
