// CoverageTests.swift: do intervals cover the truth as often as they claim? By simulation with fixed seeds.

import Glibc
import HoneCore
import Testing

@testable import HoneMeasure

@Suite("interval coverage")
struct CoverageTests {
  /// Share of `repeats` sets of `count` values whose interval contains `truth`.
  private static func coverage(
    of truth: Double, repeats: Int, count: Int,
    draw: (inout SeededGenerator) -> Double, interval: ([Double], UInt64) -> Interval
  ) -> Double {
    var generator = SeededGenerator(seed: 20)
    var covered = 0
    for repetition in 0..<repeats {
      let values = (0..<count).map { _ in draw(&generator) }
      if interval(values, UInt64(repetition)).contains(truth) { covered += 1 }
    }
    return Double(covered) / Double(repeats)
  }

  /// Skewed, with median 1: the shape of run times.
  private static func time(_ generator: inout SeededGenerator) -> Double {
    exp(0.5 * generator.normal())
  }

  /// Ranks are discrete, so more than 95 % is right: 96.9 % for 6 values, 97.8 % for 13, 96.2 % for 40 (binomial). 2000 repeats have
  /// a standard error of 0.4 %.
  @Test(
    "the rank-based interval of the median covers what the binomial distribution says",
    arguments: [(6, 0.969), (13, 0.978), (40, 0.962)])
  func median(_ count: Int, _ expected: Double) {
    let share = Self.coverage(of: 1, repeats: 2000, count: count, draw: Self.time) { values, _ in
      Statistics.medianInterval(values)
    }
    #expect(abs(share - expected) < 0.014, "\(share)")
  }

  @Test("the signed-rank interval covers 95 % of symmetric differences", arguments: [8, 20, 60])
  func pseudoMedian(_ count: Int) {
    let share = Self.coverage(
      of: 0, repeats: 600, count: count, draw: { $0.normal() },
      interval: { values, _ in Statistics.pseudoMedianInterval(values) })
    #expect((0.93...0.98).contains(share), "\(share)")
  }

  @Test(
    "the bootstrap's interval covers about 95 %",
    arguments: [BootstrapMethod.percentile, .corrected])
  func bootstrap(_ method: BootstrapMethod) {
    let share = Self.coverage(of: 1, repeats: 300, count: 25, draw: Self.time) { values, seed in
      Statistics.bootstrapMedianInterval(values, resamples: 300, seed: seed, method: method)
    }
    #expect((0.91...0.98).contains(share), "\(share)")
  }
}
