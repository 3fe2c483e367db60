// SameBitsTests.swift: under +same-bits nothing takes part whose output depends on the number of threads.

import Hone
import HoneCore
import HoneTesting
import HoneWorkloads
import Testing

@Suite("The same bits with every number of threads")
struct SameBitsTests {
  private static let threads = Parameter("threads", [1, 2])

  private static func bench() throws -> SessionBench {
    try SessionBench(variants: [
      .init("steady", parameters: [threads]) { 2e-3 / Double($0.int("threads", default: 1)) },
      .init("unsteady", .unsteady, parameters: [threads]) { _ in 1e-5 },
    ])
  }

  private static func entry(_ policy: String) throws -> WorkloadEntry {
    WorkloadEntry(SessionBench.problem(), policy: try MeasurementPolicy(name: policy))
  }

  @Test(
    "the fastest whose bits do not depend on threads is served; others are refused with the reason")
  func refusesUnsteady() throws {
    let bench = try Self.bench()
    let summary = try #require(try bench.tune([Self.entry("warm+same-bits")]).first)
    #expect(summary.served?.configuration == "simulated steady threads=2")
    let refused = try bench.records().filter { $0.configuration.variant == "unsteady" }
    #expect(!refused.isEmpty)
    for record in refused {
      #expect(record.outcome == .unsupported)
      #expect(record.detail.contains("same-bits"), "\(record.detail)")
      #expect(record.policy.isSameBits)
    }
  }

  @Test("without the condition the same variant takes part and wins")
  func usually() throws {
    let summary = try #require(try Self.bench().tune([Self.entry("warm")]).first)
    #expect(summary.served?.configuration.hasPrefix("simulated unsteady") == true)
  }

  @Test("both answers stand side by side in one database")
  func conditionsOfTheirOwn() throws {
    let bench = try Self.bench()
    _ = try bench.tune([Self.entry("warm"), Self.entry("warm+same-bits")])
    let best = try #require(try bench.database()[bench.hardwareClass]?.best)
    let names = best.map { $0.policy.name }.sorted()
    #expect(names == ["warm", "warm+same-bits"])
  }
}
