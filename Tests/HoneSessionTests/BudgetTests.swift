// BudgetTests.swift: a session keeps to its budget, spends it where it is worth most, and ends when nothing more is to be gained.

import Glibc
import HoneCore
import HoneTesting
import HoneWorkloads
import Testing

@testable import Hone

@Suite("Budgets of sessions")
struct BudgetTests {
  /// 2 000 configurations whose best is far from the default and hard to find.
  private static func rugged(_ scale: Double) -> SimulatedBackend.Variant {
    .init(
      "rugged",
      parameters: [
        Parameter("a", (1...50).map { .int($0) }), Parameter("b", (1...40).map { .int($0) }),
      ]
    ) {
      let (a, b) = (Double($0.int("a", default: 1)), Double($0.int("b", default: 1)))
      return scale * (1 + 0.02 * abs(a - 37) + 0.03 * abs(b - 23) + 0.1 * sin(a * b))
    }
  }

  @Test(
    "a budget is kept within 10 %, whatever a run takes and however short it is",
    arguments: [
      (1e-4, 1.5), (1e-3, 4), (5e-3, 10), (0.1, 10), (0.1, 120), (1, 20), (1, 400), (1, 1),
    ] as [(Double, Double)])
  func keepsBudget(execution: Double, budget: Double) throws {
    let bench = try SessionBench(variants: [Self.rugged(execution)])
    let entries = (3...6).map { WorkloadEntry(SessionBench.problem($0)) }
    let summaries = try bench.tune(entries, budget: budget, strategy: "random")
    // A run that is under way cannot be ended: one sample may end late.
    #expect(bench.seconds <= max(1.1 * budget, budget + 3 * execution))
    #expect(summaries.count == 4)
    if execution * 200 < budget { #expect(summaries.contains { $0.served != nil }) }
  }

  @Test("who gets no time is not served, and the summary says so")
  func notReached() throws {
    let bench = try SessionBench(variants: [Self.rugged(0.5)])
    let entries = (3...9).map { WorkloadEntry(SessionBench.problem($0)) }
    let session = try bench.session(entries, budget: 40, strategy: "random")
    let summaries = try session.run()
    let left = summaries.filter { $0.served == nil }
    #expect(!left.isEmpty && left.count < entries.count)
    #expect(left.allSatisfy { $0.note.contains("no time") && $0.fallback != nil })
    // A look-up answers with the winner of a near shape.
    #expect(left.contains { $0.fallback?.grade == "near-shape" })
    #expect(session.account.notReached == left.count)
  }

  @Test("most of the time goes to the problem that is called most")
  func weights() throws {
    let bench = try SessionBench(variants: [Self.rugged(1e-3)], noise: .busyHost)
    let entries = [
      WorkloadEntry(SessionBench.problem(3), weight: 1),
      WorkloadEntry(SessionBench.problem(5), weight: 100),
      WorkloadEntry(SessionBench.problem(7), weight: 1),
    ]
    let summaries = try bench.tune(entries, budget: 6, strategy: "random")
    #expect(summaries.allSatisfy { $0.served != nil })
    #expect(summaries[1].tried > 2 * max(summaries[0].tried, summaries[2].tried))
  }

  @Test("a search ends early when what is left to gain could not be told from noise")
  func endsEarly() throws {
    let flat = SimulatedBackend.Variant(
      "flat", parameters: [Parameter("x", (1...5000).map { .int($0) })]
    ) { 1e-3 * (1 + 1e-4 * Double($0.int("x", default: 1) % 7)) }
    let bench = try SessionBench(variants: [flat])
    let summary = try #require(try bench.tune(budget: 100, strategy: "random").first)
    #expect(bench.seconds < 50)
    #expect(summary.search?.reason == SearchEnd.converged)
    #expect(summary.search?.complete == true)
    #expect((summary.search?.expectedGain ?? 1) < 0.01)
    #expect(summary.tried < 5000)
  }

  @Test(
    "the account adds up: kernels and the rest are the time used, origins are the problems served")
  func account() throws {
    let bench = try SessionBench(variants: [Self.rugged(1e-3)])
    let session = try bench.session(budget: 8, strategy: "random")
    let summary = try #require(try session.run().first)
    let account = session.account
    #expect(account.tried == summary.tried && account.served == 1)
    #expect(account.time.usedSeconds <= 8.8)
    #expect(
      account.time.kernelSeconds + account.time.outside.values.reduce(0, +) >= account.time
        .usedSeconds - 1e-6)
    #expect(account.time.outsideShare < 0.15)
    #expect(account.origins.values.reduce(0, +) == 1 && account.ends.values.reduce(0, +) == 1)
    let served = try #require(summary.served)
    #expect(abs(account.untunedSeconds / account.tunedSeconds - served.speedup) < 1e-9)
    let passes = try #require(account.paysBackAfterPasses)
    #expect(passes * (account.untunedSeconds - account.tunedSeconds) >= account.time.usedSeconds)
  }
}

@Suite("Budget plan")
struct BudgetPlanTests {
  private func item(
    gain: Double, spent: Double = 1, fixed: Double = 0, least: Double = 0, most: Double = 1e9
  ) -> BudgetPlan.Item {
    .init(gain: gain, spent: spent, fixed: fixed, least: least, most: most)
  }

  @Test("all of the time is given out, and the next second is worth the same everywhere")
  func levels() {
    let items = [item(gain: 1), item(gain: 4, spent: 2), item(gain: 10, spent: 3)]
    let shares = BudgetPlan.shares(items, seconds: 60)
    #expect(abs(shares.reduce(0, +) - 60) < 1e-6)
    let worth = zip(items, shares).map { $0.gain / ($0.spent + $1) }
    #expect(worth.allSatisfy { abs($0 - worth[0]) < 1e-6 })
  }

  @Test(
    "who would get less than a visit costs is left out, and nobody gets more than is left to try")
  func limits() {
    let items = [
      item(gain: 1, fixed: 1, least: 5), item(gain: 100, fixed: 1, least: 5),
      item(gain: 1000, most: 3),
    ]
    let shares = BudgetPlan.shares(items, seconds: 20)
    #expect(shares[0] == 0)
    #expect(abs(shares[2] - 3) < 1e-6)
    #expect(abs(shares[1] - 16) < 1e-6)
    #expect(BudgetPlan.shares(items, seconds: 0) == [0, 0, 0])
    #expect(BudgetPlan.shares([], seconds: 5).isEmpty)
  }
}

@Suite("Expected gain")
struct ExpectedGainTests {
  @Test(
    "of independent draws it is right on average: the minimum of as many more lies as much lower as it says"
  )
  func unbiased() {
    var generator = SeededGenerator(seed: 3)
    var (predicted, seen) = (0.0, 0.0)
    for _ in 0..<400 {
      // Log times with an exponential lower tail of σ = 0.2.
      let logs = (0..<200).map { _ in 0.2 * log(max(generator.unit(), 1e-12)) }
      let first = logs.prefix(100).map { exp($0) }
      predicted += ExpectedGain(times: first, tried: 100).gap * log(2)
      seen += (logs.prefix(100).min() ?? 0) - (logs.min() ?? 0)
    }
    #expect(abs(predicted / seen - 1) < 0.15)
  }

  @Test(
    "nothing is said too early, after a late gain, or while gaps are wide; everything tried is the end"
  )
  func rule() {
    let close = (0..<60).map { 1 + 1e-4 * Double($0) }
    let rule = ConvergenceRule(size: 1000, noiseFloor: 0.01)
    let gain = ExpectedGain(times: close, tried: 60)
    #expect(gain.share(of: 0) == 0 && gain.share(of: 1e9) < 1)
    #expect(ConvergenceRule(size: 60, noiseFloor: 0.01).expectedGain(gain) == 0)
    let wide = ExpectedGain(times: (0..<60).map { 1 + 0.1 * Double($0) }, tried: 60)
    #expect(!rule.isConverged(wide, lastGain: 1))
    let many = ExpectedGain(times: (0..<600).map { 1 + 1e-5 * Double($0) }, tried: 600)
    #expect(rule.isConverged(many, lastGain: 100))
    #expect(!rule.isConverged(many, lastGain: 400))
    let few = ExpectedGain(times: [1, 1, 1, 1], tried: 4)
    #expect(!rule.isConverged(few, lastGain: 1))
    let fifty = ExpectedGain(times: (0..<50).map { 1 + 1e-5 * Double($0) }, tried: 50)
    #expect(ConvergenceRule(size: 64, noiseFloor: 0.01).isConverged(fifty, lastGain: 1))
    #expect(!ConvergenceRule(size: 1_000_000, noiseFloor: 0.01).isConverged(fifty, lastGain: 1))
  }

  @Test("a noisy final is no reason to stop searching: the next one may be finer")
  func noisyFinal() {
    let gain = ExpectedGain(times: (0..<400).map { 1 + 5e-3 * Double($0) }, tried: 400)
    let rule = ConvergenceRule(size: 1_000_000, noiseFloor: 0.3)
    #expect((0.02..<0.3).contains(rule.expectedGain(gain)))
    #expect(!rule.isConverged(gain, lastGain: 10))
  }
}
