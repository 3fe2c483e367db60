// UnpairedRatioTests.swift: do the stated intervals of unpaired ratios hold what they say?

import Foundation
import HoneCore
import Testing

@testable import HoneReport

@Suite("Unpaired ratios")
struct UnpairedRatioTests {
  /// Samples with lognormal noise and, where asked, a level that wanders back to its mean (autoregressive).
  static func samples(
    _ seconds: Double, _ count: Int, noise: Double, wander: Double = 0,
    _ generator: inout SeededGenerator
  ) -> [Double] {
    var level = wander * generator.normal()
    return (0..<count).map { _ in
      level = 0.7 * level + wander * 0.714 * generator.normal()
      return seconds * exp(noise * generator.normal() + level)
    }
  }

  static func coverage(_ count: Int, noise: Double, wander: Double, seed: UInt64) -> Double {
    var generator = SeededGenerator(seed: seed)
    let covered = (0..<1000).count { _ in
      let truth = exp(0.4 * generator.normal())
      let base = samples(1e-3 * truth, count, noise: noise, wander: wander, &generator)
      let own = samples(1e-3, count, noise: noise, wander: wander, &generator)
      return UnpairedRatio(of: base, over: own)?.interval.contains(truth) ?? false
    }
    return Double(covered) / 1000
  }

  @Test(
    "intervals of 95 % hold the true ratio in 93 to 97 % of 1000 pairs with 10 % noise",
    arguments: [12, 15, 20, 31, 60, 200])
  func coverage(count: Int) {
    let share = Self.coverage(count, noise: 0.1, wander: 0, seed: 7)
    print("coverage of \(count) samples: \(share)")
    #expect((0.93...0.97).contains(share))
  }

  @Test("and with a speed that wanders during the session", arguments: [80, 120, 240])
  func coverageUnderDrift(count: Int) {
    let share = Self.coverage(count, noise: 0.1, wander: 0.1, seed: 11)
    print("coverage of \(count) samples with drift: \(share)")
    #expect((0.93...0.97).contains(share))
  }

  @Test("fewer than 6 samples have no interval")
  func tooFew() {
    #expect(UnpairedRatio(of: [1, 1, 1, 1, 1], over: [1, 1, 1, 1, 1, 1]) == nil)
    #expect(UnpairedRatio(of: [1, 1, 1, 1, 1, 1], over: [1, 1, 1, 1, 1, 1]) != nil)
  }

  @Test("the verdict needs both: an interval without 1, and more than the noise floor")
  func verdicts() {
    func ratio(_ value: Double, _ deviation: Double) -> UnpairedRatio {
      UnpairedRatio(
        logarithm: log(value), variance: deviation * deviation, samples: 20, confidence: 0.95)
    }
    #expect(ratio(1.2, 0.01).verdict(noiseFloor: 0.05) == .faster)
    #expect(ratio(1.04, 0.01).verdict(noiseFloor: 0.05) == .tie)
    #expect(ratio(1.2, 0.2).verdict(noiseFloor: 0.05) == .tie)
    #expect(ratio(0.8, 0.01).verdict(noiseFloor: 0.05) == .slower)
    #expect(ratio(0.97, 0.001).verdict(noiseFloor: 0.05) == .tie)
  }

  @Test("independent samples have a correlation time near 1, wandering ones a longer one")
  func correlationTimes() {
    var generator = SeededGenerator(seed: 3)
    let calm = Self.samples(1, 400, noise: 0.1, &generator).map { log($0) }
    let wandering = Self.samples(1, 400, noise: 0.02, wander: 0.1, &generator).map { log($0) }
    #expect(LogMedian.correlationTime(calm, around: 0) < 1.4)
    #expect(LogMedian.correlationTime(wandering, around: 0) > 2)
    #expect(LogMedian.correlationTime(Array(repeating: 1, count: 50), around: 1) == 1)
  }
}
