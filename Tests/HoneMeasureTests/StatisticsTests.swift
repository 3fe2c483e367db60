// StatisticsTests.swift: the statistics against reference values, computed with SciPy 1.17 unless a comment says otherwise.

import HoneCore
import Testing

@testable import HoneMeasure

private let seven = [4.1, 5.6, 2.3, 7.7, 3.2, 6.4, 5.0]

private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(b))
}

@Suite("statistics: where samples lie")
struct EstimateTests {
  @Test(
    "quantiles interpolate between order statistics",
    arguments: [(0, 2.3), (0.1, 2.84), (0.25, 3.65), (0.5, 5), (0.9, 6.92), (1, 7.7)])
  func quantiles(_ p: Double, _ expected: Double) {
    #expect(isClose(Statistics.quantile(seven, p), expected))
  }

  @Test(
    "unbiased quantiles are those of type 8 (NumPy's median_unbiased)",
    arguments: [
      (0, 2.3), (0.05, 2.3), (0.1, 2.36), (0.25, 3.35), (0.5, 5), (0.9, 7.613333333333334),
      (0.99, 7.7), (1, 7.7),
    ])
  func unbiasedQuantiles(_ p: Double, _ expected: Double) {
    #expect(isClose(Statistics.unbiasedQuantile(seven, p), expected))
    #expect(Statistics.unbiasedQuantile([], p).isNaN)
    #expect(Statistics.unbiasedQuantile([3], p) == 3)
  }

  @Test("a probability outside 0…1 is taken as its nearest end, and nothing gives NaN")
  func quantileEdges() {
    #expect(Statistics.quantile(seven, -3) == 2.3)
    #expect(Statistics.quantile(seven, 7) == 7.7)
    #expect(Statistics.quantile([3], 0.7) == 3)
    #expect(Statistics.quantile([], 0.5).isNaN)
    #expect(Statistics.pseudoMedian([]).isNaN)
  }

  @Test("medians of odd and even counts, and the deviation around them")
  func medians() {
    #expect(Statistics.median(seven) == 5)
    #expect(isClose(Statistics.median([4, 1, 3, 2]), 2.5))
    #expect(isClose(Statistics.medianAbsoluteDeviation(seven), 1.4))
  }

  @Test("geometric means, plain and weighted")
  func geometricMeans() {
    #expect(isClose(Statistics.geometricMean(seven), 4.570115754022355))
    let weights: [Double] = [1, 2, 3, 4, 5, 6, 7]
    #expect(isClose(Statistics.weightedGeometricMean(seven, weights: weights), 4.768984727446176))
    #expect(Statistics.weightedGeometricMean([1], weights: [0]).isNaN)
  }

  @Test("the Hodges–Lehmann estimates, one sample and two")
  func hodgesLehmann() {
    #expect(isClose(Statistics.pseudoMedian(seven), 4.925))
    #expect(isClose(Statistics.pseudoMedian(Array(seven.prefix(6))), 4.85))
    let x = [1.1, 2.2, 3.3, 4.4, 5.5, 9.0]
    #expect(isClose(Statistics.shift(x, [2.0, 3.1, 6.2, 7.3, 8.4]), -1.35))
  }

  @Test("the pseudo-median by bisection is that of all pair means, also with repeated values")
  func pseudoMedianByPairs() {
    var generator = SeededGenerator(seed: 7)
    for count in 1...40 {
      let values = (0..<count).map { _ in Double(generator.below(12)) / 4 }
      let means = values.indices.flatMap { i in (i..<count).map { (values[i] + values[$0]) / 2 } }
      #expect(isClose(Statistics.pseudoMedian(values), Statistics.median(means)))
    }
  }

  @Test(
    "quantiles of the normal distribution",
    arguments: [
      (1e-10, -6.361340902404056), (0.001, -3.090232306167813), (0.025, -1.9599639845400545),
      (0.3, -0.5244005127080409), (0.5, 0), (0.975, 1.959963984540054),
      (0.9999, 3.719016485455709),
    ])
  func normalQuantiles(_ p: Double, _ expected: Double) {
    #expect(isClose(Statistics.normalQuantile(p), expected, 1e-11))
  }
}

@Suite("statistics: intervals")
struct IntervalTests {
  /// Count, confidence, and which order statistic (from 0) is the lower end.
  @Test(
    "the median's interval lies between the order statistics that the binomial distribution says",
    arguments: [
      (6, 0.95, 0), (8, 0.99, 0), (10, 0.95, 1), (20, 0.95, 5), (20, 0.99, 3), (25, 0.95, 7),
      (50, 0.95, 17), (101, 0.95, 40), (101, 0.99, 37), (400, 0.95, 179), (400, 0.99, 173),
    ])
  func medianRanks(_ count: Int, _ confidence: Double, _ rank: Int) {
    let values = (0..<count).map(Double.init)
    let interval = Statistics.medianInterval(values.reversed(), confidence: confidence)
    #expect(interval.low == Double(rank))
    #expect(interval.high == Double(count - 1 - rank))
    #expect(interval.confidence == confidence)
  }

  @Test("too few values give their range and say what it is worth")
  func medianOfFew() {
    let interval = Statistics.medianInterval([3, 1, 2, 5, 4])
    #expect(interval.low == 1 && interval.high == 5)
    #expect(isClose(interval.confidence, 0.9375))
    #expect(Statistics.medianInterval([2]).confidence == 0)
    #expect(Statistics.medianInterval([]).low.isNaN)
    #expect(isClose(Statistics.pseudoMedianInterval([1, 2, 3]).confidence, 0.75))
  }

  @Test(
    "cut-offs of the signed-rank distribution",
    arguments: [
      (6, 1, 0), (7, 3, 0), (8, 4, 1), (10, 9, 4), (15, 26, 16), (20, 53, 38), (30, 138, 110),
      (40, 265, 221),
    ])
  func signedRanks(_ count: Int, _ at95: Int, _ at99: Int) {
    #expect(Statistics.signedRankCutoff(count: count, tail: 0.025) == at95)
    #expect(Statistics.signedRankCutoff(count: count, tail: 0.005) == at99)
  }

  @Test("the normal approximation of the signed-rank cut-off continues the exact one")
  func signedRankApproximation() {
    // Exact values for 41 and 60 from the recurrence in Python's integers.
    #expect(abs(Statistics.signedRankCutoff(count: 41, tail: 0.025) - 280) <= 1)
    #expect(abs(Statistics.signedRankCutoff(count: 60, tail: 0.025) - 649) <= 1)
  }

  /// The depression scores of nine patients before and after treatment in Hollander and Wolfe, "Nonparametric Statistical
  /// Methods": estimate −0.46, and (−0.786, −0.010) at 96.1 %.
  @Test("the pseudo-median and its interval on a textbook's data")
  func textbook() {
    let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    let change = zip(before, after).map { $1 - $0 }
    let interval = Statistics.pseudoMedianInterval(change, confidence: 0.96)
    #expect(isClose(Statistics.pseudoMedian(change), -0.46))
    #expect(isClose(interval.low, -0.786))
    #expect(isClose(interval.high, -0.010))
  }

  @Test("the bootstrap's interval of a median, percentile and corrected")
  func bootstrap() {
    let skewed = [0.3, 1.2, 0.5, 2.2, 0.9, 1.4, 3.6, 0.7, 1.1, 5.1, 0.2, 1.9]
    for method in [BootstrapMethod.percentile, .corrected] {
      let interval = Statistics.bootstrapMedianInterval(
        skewed, resamples: 20_000, seed: 1, method: method)
      #expect(isClose(interval.low, 0.6, 1e-9))
      #expect(isClose(interval.high, 2.05, 1e-9))
    }
    let again = Statistics.bootstrapMedianInterval(seven, seed: 5)
    #expect(again == Statistics.bootstrapMedianInterval(seven, seed: 5))
    #expect(again.low == 3.2 && again.high == 6.4)
  }
}

@Suite("statistics: rank test")
struct MannWhitneyTests {
  private let x = [1.1, 2.2, 3.3, 4.4, 5.5, 9.0]
  private let y = [2.0, 3.1, 6.2, 7.3, 8.4]

  @Test("exact for small samples without ties")
  func exact() {
    let result = Statistics.mannWhitney(x, y)
    #expect(result.u == 12)
    #expect(isClose(result.p, 0.6623376623376623))
    #expect(Statistics.mannWhitney(y, x).u == 18)
    #expect(isClose(Statistics.mannWhitney(y, x).p, result.p))
  }

  @Test("approximate with ties")
  func ties() {
    let result = Statistics.mannWhitney(
      [1, 2, 2, 3, 3, 3, 4, 5, 8, 9], [3, 3, 4, 4, 5, 6, 6, 7, 9, 9, 10])
    #expect(result.u == 27.5)
    #expect(isClose(result.p, 0.05476791712982413))
  }

  @Test("samples that do not overlap are as improbable as one order among all")
  func apart() {
    let result = Statistics.mannWhitney([1, 2, 3], [4, 5, 6])
    #expect(result.u == 0)
    #expect(isClose(result.p, 0.1))
  }

  @Test("equal values show nothing, and no values say so")
  func degenerate() {
    #expect(Statistics.mannWhitney([1, 1, 1], [1, 1]).p == 1)
    #expect(Statistics.mannWhitney([], [1]).p.isNaN)
  }
}
