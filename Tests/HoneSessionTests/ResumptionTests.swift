// ResumptionTests.swift: a search that was cut short goes on as if nothing had happened: same seed, same next proposal.

import Glibc
import HoneCore
import HoneTesting
import HoneWorkloads
import Testing

@testable import Hone

@Suite("Resumption")
struct ResumptionTests {
  /// Times are multiples of 2⁻⁹ s, which a clock in nanoseconds holds exactly: the same configuration always takes the same time.
  private static let variants: [SimulatedBackend.Variant] = [
    .init("plain") { _ in 60.0 / 512 },
    .init(
      "tiled",
      parameters: [
        Parameter("a", (1...30).map { .int($0) }), Parameter("b", (1...20).map { .int($0) }),
      ]
    ) {
      let (a, b) = ($0.int("a", default: 1), $0.int("b", default: 1))
      return Double(5 + abs(a - 22) + 2 * abs(b - 13) + (a * b) % 7) / 512
    },
    .init("failing", .failing, parameters: [Parameter("x", [1, 2, 3])]) { _ in 1.0 / 512 },
  ]

  /// The strategy's proposals by number, with what they gave.
  private func proposals(_ bench: SessionBench) throws -> [Int: [Configuration]] {
    let records = try bench.records().filter { $0.stage == .screen && $0.step != nil }
    return Dictionary(grouping: records) { $0.step?.number ?? 0 }.mapValues {
      $0.map(\.configuration)
    }
  }

  private func bench(_ folder: String) throws -> SessionBench {
    try SessionBench(variants: Self.variants, folder: folder)
  }

  @Test(
    "interrupted again and again, a search makes the proposals of one that was left alone",
    arguments: [("auto", 60.0), ("local", 40), ("genetic", 40), ("random", 40)])
  func sameNextProposal(strategy: String, budget: Double) throws {
    let whole = try SessionBench(variants: Self.variants)
    _ = try whole.tune(budget: budget, strategy: strategy)
    let expected = try proposals(whole)
    #expect(expected.count > 20)

    let folder = SessionBench.temporaryFolder()
    defer { SessionBench.remove(folder) }
    for round in 1...5 {
      let bench = try bench(folder)
      var asked = 0
      _ = try bench.tune(budget: budget, strategy: strategy) {
        asked += 1
        return asked > 150 + 50 * round
      }
    }
    // What the strategy was told is what the first session told it.
    #expect(
      Set(try bench(folder).records().compactMap(\.step).map { [$0.evaluations, $0.batch] }).count
        == 1)
    let cut = try proposals(try bench(folder))
    // Together the short sessions got further, or less far.
    #expect(Set(cut.keys).intersection(expected.keys).count > 12)
    for (number, configurations) in cut where expected[number] != nil {
      #expect(configurations.count == 1, "proposal \(number) was measured twice")
      #expect(configurations.first == expected[number]?.first, "proposal \(number)")
    }
  }

  @Test("a search that ended is not begun again, and one that only had its first look goes on")
  func goesOn() throws {
    let folder = SessionBench.temporaryFolder()
    defer { SessionBench.remove(folder) }
    let first = try SessionBench(variants: Self.variants, folder: folder)
    var asked = 0
    let cut = try #require(
      try first.tune(budget: 60, strategy: "random") {
        asked += 1
        return asked > 190
      }.first)
    #expect(cut.search?.reason == SearchEnd.firstPass)
    let second = try SessionBench(variants: Self.variants, folder: folder)
    let more = try #require(try second.tune(budget: 60, strategy: "random").first)
    #expect(more.tried > 20 && more.search?.isOpen == false)
    let third = try SessionBench(variants: Self.variants, folder: folder)
    let again = try #require(try third.tune(budget: 60, strategy: "random").first)
    #expect(again.note == "tuned before" && again.tried == 0)
    #expect(third.backend.executions == 0)
  }
}

@Suite("Ties")
struct TieTests {
  private static let alike: [SimulatedBackend.Variant] = [
    .init("slow") { _ in 2e-3 },
    .init("one", parameters: [Parameter("threads", [4, 2, 1])]) { _ in 1e-3 },
    .init("two", parameters: [Parameter("threads", [4, 2, 1])]) { _ in 1e-3 },
  ]

  @Test("finalists that do not differ are a tie set, stored with the one that is served")
  func tieSet() throws {
    let bench = try SessionBench(variants: Self.alike)
    let served = try #require(try bench.tune().first?.served)
    #expect(served.tied >= 1)
    let record = try #require(try bench.records().last { $0.served })
    let tied = try #require(record.tied)
    #expect(tied.count == served.tied + 1 && tied.contains(record.configuration))
    #expect(tied.allSatisfy { $0.variant != "slow" })
    #expect(record.detail.contains("not shown to differ"))
  }

  @Test("tuning again keeps the incumbent among equals, and drops it for one that is faster")
  func incumbent() throws {
    let folder = SessionBench.temporaryFolder()
    defer { SessionBench.remove(folder) }
    var served: [String] = []
    for seed in 1...3 {
      let bench = try SessionBench(
        variants: Self.alike, noise: .busyHost, seed: UInt64(seed), folder: folder)
      let summary = try #require(
        try bench.tune(budget: 5, seed: UInt64(seed), again: true).first?.served)
      served.append(summary.configuration)
    }
    #expect(Set(served).count == 1, "\(served)")
    let faster = Self.alike + [.init("three") { _ in 0.7e-3 }]
    let bench = try SessionBench(variants: faster, folder: folder)
    #expect(try bench.tune(again: true).first?.served?.configuration == "simulated three")
  }

  private func tieBreak(
    times: [Point: Double] = [:], elsewhere: [Record] = [], incumbent: Configuration? = nil
  ) throws -> (TieBreak, [Configuration]) {
    let bench = try SessionBench(variants: [
      .init("v", parameters: [Parameter("t", [1, 2, 3, 4, 5]), Parameter("threads", [1, 2])]) {
        _ in 1e-3
      }
    ])
    let problem = SessionBench.problem()
    let space = try ProblemSpace(
      problem: problem, backends: bench.context.backends, host: bench.context.facts, cores: 2)
    let members = [(0, 1), (4, 1), (2, 0)].map {
      space.space.configuration(at: Point(branch: 0, indices: [$0.0, $0.1]))
    }
    return (
      TieBreak(
        problem: problem, space: space, times: times, elsewhere: elsewhere, incumbent: incumbent),
      members
    )
  }

  @Test("without evidence the simplest is preferred: fewest threads")
  func simplest() throws {
    let (rule, members) = try tieBreak()
    #expect(rule.preferred(among: members).configuration == members[2])
    #expect(rule.preferred(among: []).configuration == nil)
  }

  @Test("the incumbent is preferred to all others, where it is among them")
  func incumbentFirst() throws {
    let (rule, members) = try tieBreak(
      incumbent: Configuration(
        backend: "simulated", variant: "v", parameters: ["t": 5, "threads": 2]))
    #expect(rule.preferred(among: members).configuration == members[1])
    #expect(rule.preferred(among: [members[0], members[2]]).configuration == members[2])
  }

  @Test("a flat optimum is preferred to a narrow one")
  func flat() throws {
    func point(_ t: Int, _ threads: Int) -> Point { Point(branch: 0, indices: [t, threads]) }
    let (rule, members) = try tieBreak(times: [
      point(0, 1): 0.5, point(1, 1): 0.9, point(4, 1): 0.5, point(3, 1): 0.51,
    ])
    let preferred = rule.preferred(among: [members[0], members[1]])
    #expect(preferred.configuration == members[1])
    #expect(preferred.reason.contains("robust"))
  }

  @Test("who lost less at a near shape is preferred, whatever its threads there")
  func elsewhere() throws {
    let bench = try SessionBench(variants: [.init("a") { _ in 1e-3 }])
    _ = try bench.tune()
    var sample = try #require(try bench.records().first { $0.stage == .final })
    sample.problem = SessionBench.problem(3, 4, 6)
    func record(_ t: Int, _ time: Double) -> Record {
      var record = sample
      record.configuration = Configuration(
        backend: "simulated", variant: "v", parameters: ["t": .int(t), "threads": 1])
      record.relativeTime = time
      return record
    }
    let (rule, members) = try tieBreak(elsewhere: [record(1, 0.6), record(5, 0.5), record(3, 0.9)])
    #expect(rule.preferred(among: members).configuration == members[1])
  }
}
