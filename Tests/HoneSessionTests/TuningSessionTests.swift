// TuningSessionTests.swift: sessions on a simulated machine: what is served, what is recorded, what a second run does.

import Glibc
import Hone
import HoneBackends
import HoneCore
import HoneDatabase
import HoneHost
import HoneTesting
import HoneWorkloads
import Testing

@Suite("Tuning sessions")
struct TuningSessionTests {
  @Test("the fastest right configuration is served, with its gain and its interval")
  func servesTheFastest() throws {
    let bench = try SessionBench(variants: [
      .init("slow") { _ in 2e-3 },
      .init("tiled", parameters: [Parameter("tile", [1, 2, 4, 8, 16])]) {
        1e-3 * (1 + abs(log2(Double($0.int("tile", default: 1))) - 2))
      },
    ])
    let summary = try #require(try bench.tune().first)
    let served = try #require(summary.served)
    #expect(served.configuration == "simulated tiled tile=4")
    #expect(abs(served.speedup - 2) < 0.05)
    #expect(served.interval.low > 1 && served.interval.contains(served.speedup))
    let best = try #require(try bench.database()[bench.hardwareClass]?.best)
    #expect(best.map(\.configuration.key) == [served.configuration])
  }

  @Test("where nothing is faster, the default is served and nobody claims a win")
  func defaultStays() throws {
    let bench = try SessionBench(
      variants: [.init("a") { _ in 1e-3 }, .init("b") { _ in 1e-3 }, .init("c") { _ in 1.2e-3 }])
    let summary = try #require(try bench.tune().first)
    #expect(summary.served?.isDefault == true)
    let records = try bench.records()
    #expect(records.filter(\.served).map(\.configuration.variant) == ["a"])
    #expect(
      !records.flatMap(\.comparisons).contains { $0.role == "default" && $0.verdict == .faster })
  }

  @Test("wrong, silent and failing variants are recorded as such and never served, however fast")
  func wrongNeverWins() throws {
    let bench = try SessionBench(variants: [
      .init("right") { _ in 1e-3 }, .init("wrong", .wrong) { _ in 1e-6 },
      .init("silent", .silent) { _ in 1e-6 }, .init("failing", .failing) { _ in 1e-6 },
    ])
    let summary = try #require(try bench.tune().first)
    #expect(summary.served?.configuration == "simulated right")
    #expect(summary.unusable == 3)
    let records = try bench.records()
    func outcome(_ variant: String) -> Outcome? {
      records.first { $0.configuration.variant == variant }?.outcome
    }
    #expect(outcome("wrong") == .wrong)
    #expect(outcome("silent") == .wrong)
    #expect(outcome("failing") == .failed)
    #expect(records.filter { $0.outcome == .wrong }.allSatisfy { $0.proof?.holds == false })
  }

  @Test("every record carries policy, provenance and, where measured, proof and interval")
  func recordsAreComplete() throws {
    let bench = try SessionBench(variants: [.init("a") { _ in 1e-3 }, .init("b") { _ in 5e-4 }])
    _ = try bench.tune()
    let records = try bench.records()
    #expect(records.count >= 3)
    for record in records {
      #expect(record.provenance.hardwareClass == bench.hardwareClass)
      #expect(record.provenance.seed == 1)
      #expect(!record.provenance.space.isEmpty)
      #expect(record.policy == MeasurementPolicy())
      guard record.outcome == .measured else { continue }
      #expect(record.proof?.holds == true)
      #expect(record.measurement?.samples.isEmpty == false)
      #expect(record.stage == .screen || record.noiseFloor != nil)
    }
  }

  @Test("configurations that compute the same bits have the same numeric class, others another")
  func numericClasses() throws {
    let bench = try SessionBench(variants: [
      .init("one") { _ in 1e-3 }, .init("other") { _ in 5e-4 },
      .init("wrong", .wrong) { _ in 1e-3 },
    ])
    _ = try bench.tune()
    let classes = Dictionary(grouping: try bench.records(), by: \.configuration.variant)
      .mapValues { Set($0.compactMap { $0.proof?.bits }) }
    #expect(classes["one"]?.count == 1 && classes["one"] == classes["other"])
    #expect(classes["wrong"]?.count == 1 && classes["wrong"] != classes["one"])
  }

  @Test("a second run measures nothing that was tuned, and `again` measures it anew")
  func resumesFinished() throws {
    let bench = try SessionBench(variants: [.init("a") { _ in 1e-3 }, .init("b") { _ in 5e-4 }])
    _ = try bench.tune()
    let before = bench.backend.executions
    let second = try #require(try bench.tune().first)
    #expect(bench.backend.executions == before)
    #expect(second.note == "tuned before")
    #expect(second.served?.configuration == "simulated b")
    _ = try bench.tune(again: true)
    #expect(bench.backend.executions > before)
  }

  @Test("an interrupted session keeps what it measured, and the next one continues with the rest")
  func resumesInterrupted() throws {
    let bench = try SessionBench(variants: [
      .init("tiled", parameters: [Parameter("tile", (1...40).map { .int($0) })]) {
        1e-3 * (1 + abs(Double($0.int("tile", default: 1)) - 30) / 10)
      }
    ])
    var asked = 0
    let interrupted = try bench.tune(strategy: "exhaustive") {
      asked += 1
      return asked > 120
    }
    #expect(interrupted.first?.search?.isOpen != false)
    let kept = try bench.records().filter { $0.stage == .screen }
    #expect(!kept.isEmpty)
    let seen = Set(kept.map(\.configuration))
    let plans = bench.backend.plans.count
    let summary = try #require(try bench.tune(strategy: "exhaustive").first)
    #expect(summary.served?.configuration == "simulated tiled tile=30")
    let screened = try bench.records().filter { $0.stage == .screen }
    // Nothing was screened twice.
    #expect(Set(screened.map(\.configuration)).count == screened.count)
    #expect(seen.isSubset(of: Set(screened.map(\.configuration))))
    // Beside those that nobody had seen: the playoff, finals, and up to four blocks that confirm.
    #expect(bench.backend.plans.count - plans < 40 + 20)
  }

  @Test("a changed library makes old records stale: the problem is tuned again")
  func staleLibraries() throws {
    let folder = SessionBench.temporaryFolder()
    defer { SessionBench.remove(folder) }
    let variants = [SimulatedBackend.Variant("a") { _ in 1e-3 }]
    let first = try SessionBench(variants: variants, folder: folder)
    _ = try first.tune()
    let second = try SessionBench(
      name: "simulated", version: "2", variants: variants, folder: folder)
    #expect(try second.tune().first?.note == "")
  }

  @Test("on a busy host the served configuration is within 3 % of the best in most of 12 sessions")
  func noisyHost() throws {
    var good = 0
    for seed in 1...12 {
      let bench = try SessionBench(
        variants: [
          .init("default") { _ in 1.3e-3 },
          .init("tiled", parameters: [Parameter("tile", (1...12).map { .int($0) })]) {
            1e-3 * (1 + 0.04 * abs(Double($0.int("tile", default: 1)) - 7))
          },
        ], noise: .busyHost, seed: UInt64(seed))
      let served = try bench.tune(budget: 12, seed: UInt64(seed)).first?.served?.configuration
      if served?.hasSuffix("tile=7") == true { good += 1 }
    }
    #expect(good >= 11)
  }

  @Test("what was measured under another machine's topology is marked as simulated")
  func simulatedTopology() throws {
    let bench = try SessionBench(variants: [.init("a") { _ in 1e-3 }])
    _ = try bench.tune()
    let host = try #require(try bench.database()[bench.hardwareClass]?.host)
    #expect(host.hardware["simulated"] == .bool(true))
  }

  @Test("nothing that can do the problem is an error that says so")
  func nothingCan() throws {
    let bench = try SessionBench(variants: [])
    let error = #expect(throws: HoneError.self) { try bench.tune() }
    #expect(error?.code == .unavailable)
  }
}
