// VerdictTests.swift: a fixed sample of what `hone-bench verdicts` counts: is the right configuration served on a noisy host?

import HoneMeasure
import Testing

@testable import HoneBench

@Suite("verdicts of the whole tuner: 10 % noise, ±30 % drift, bursts of 3×")
struct VerdictTests {
  @Test("what is served is within 2 % of the best that was tried, in 10 of 10 runs")
  func servesTheBest() throws {
    let tally = try VerdictBenchmark.find(runs: 10, seed: 1)
    #expect(tally.hits == 10 && tally.runs == 10, "\(tally.misses)")
    #expect(tally.tried > 10 * 15)
  }

  @Test("among equals no win is claimed, in 6 of 6 runs")
  func claimsNothing() throws {
    let tally = try VerdictBenchmark.claimAmongEquals(runs: 6, seed: 1)
    #expect(tally.hits == 0 && tally.runs == 6)
  }

  @Test("a run is the same for the same seed")
  func deterministic() throws {
    func run() throws -> Double {
      try SimulatedTuning(
        seconds: [1e-3, 0.9e-3, 0.7e-3, 0.72e-3], noise: .busyHost, seed: 5
      ).run().secondsUsed
    }
    #expect(try run() == run())
  }
}
