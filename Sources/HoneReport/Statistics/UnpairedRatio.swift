// UnpairedRatio.swift: the ratio of two times that were not measured together, with its interval.

internal import Glibc
public import HoneCore
internal import HoneMeasure

/// How many times as long one thing takes as another that was measured at another time or on another machine.
///
/// The ratio of the medians; the interval is normal in the logarithm, from the variances of both medians (see `LogMedian`).
public struct UnpairedRatio: Hashable, Sendable {
  /// Above 1: the denominator is faster.
  public var ratio: Double
  public var interval: Interval
  /// Of the smaller set.
  public var samples: Int
  /// Of the logarithm of the ratio.
  public var variance: Double

  /// nil where either side has fewer samples than an interval needs (6).
  public init?(
    of numerator: [Double], over denominator: [Double], confidence: Double = 0.95
  ) {
    guard let above = LogMedian(numerator.map { log($0) }),
      let below = LogMedian(denominator.map { log($0) })
    else { return nil }
    self.init(above, below, confidence: confidence)
  }

  init(_ above: LogMedian, _ below: LogMedian, confidence: Double) {
    self.init(
      logarithm: above.value - below.value, variance: above.variance + below.variance,
      samples: min(above.count, below.count), confidence: confidence)
  }

  init(logarithm: Double, variance: Double, samples: Int, confidence: Double) {
    ratio = exp(logarithm)
    self.variance = variance
    self.samples = samples
    let reach = Statistics.normalQuantile((1 + confidence) / 2) * variance.squareRoot()
    interval = Interval(
      low: exp(logarithm - reach), high: exp(logarithm + reach), confidence: confidence)
  }

  /// Both shown and larger than the noise floor; `faster`: the denominator is.
  public func verdict(noiseFloor: Double) -> Comparison.Verdict {
    if interval.low > 1 && ratio > 1 + noiseFloor { return .faster }
    if interval.high < 1 && ratio < 1 / (1 + noiseFloor) { return .slower }
    return .tie
  }

  /// "+ 1.23× [1.19, 1.27]".
  func text(noiseFloor: Double) -> String {
    let range = "[\(Scaled.decimals(interval.low, 2)), \(Scaled.decimals(interval.high, 2))]"
    return "\(verdict(noiseFloor: noiseFloor).mark) \(Scaled.ratio(ratio)) \(range)"
  }
}
