// LogMedian.swift: where the logarithms of samples lie, and how sure that is, without assuming a distribution.

internal import Glibc
internal import HoneMeasure

/// The median of logarithms with the variance of that estimate.
///
/// **Variance.** From two order statistics around the median and the normal quantile that belongs to the binomial probability between them (Price and Bonett,
/// "Distribution-free confidence intervals for difference and ratio of medians", Journal of Statistical Computation and Simulation 72, 2002).
///
/// **Drift inside a session.** Samples that lie near each other in time are alike where the host's speed wanders, so they say less than as many independent
/// ones. The variance is multiplied by the integrated autocorrelation of "above or below the median", which is what a
/// median depends on; its sum ends where pairs of neighbouring lags stop being positive (Geyer, "Practical Markov chain Monte Carlo",
/// Statistical Science 7, 1992). Drift from one session to the next is not in one session's samples, and no formula finds it there.
struct LogMedian: Hashable, Sendable {
  var value: Double
  var variance: Double
  var count: Int

  /// Fewer samples than that have no interval of 95 % for their median.
  static let fewest = 6

  /// nil for fewer than `fewest` values. In the order in which they were taken.
  init?(_ logarithms: [Double]) {
    guard logarithms.count >= Self.fewest else { return nil }
    let sorted = logarithms.sorted()
    count = sorted.count
    value = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    let n = Double(count)
    let rank = max(1, Int(((n + 1) / 2 - n.squareRoot()).rounded()))
    let spread = sorted[count - rank] - sorted[rank - 1]
    let deviation = spread / (2 * Self.quantile(count: count, rank: rank))
    let time = Self.correlationTime(logarithms, around: value)
    variance = deviation * deviation * time * Self.widening(n / time, isIndependent: time == 1)
  }

  /// What an estimated correlation time costs: Student's quantile of as many degrees of freedom as there are independent samples in place of the
  /// normal one, at 95 % (first term of the expansion of Cornish and Fisher), squared.
  private static func widening(_ independent: Double, isIndependent: Bool) -> Double {
    guard !isIndependent else { return 1 }
    let factor = 1 + 1.21 / max(2, independent - 1)
    return factor * factor
  }

  /// The normal quantile of the probability that the median lies between the `rank`-th order statistics from either end.
  private static func quantile(count: Int, rank: Int) -> Double {
    let halves = Double(count) * log(2.0)
    var logChoices = 0.0
    var tail = exp(-halves)
    for chosen in 1..<max(1, rank) {
      logChoices += log(Double(count - chosen + 1) / Double(chosen))
      tail += exp(logChoices - halves)
    }
    return Statistics.normalQuantile(1 - tail)
  }

  /// How many samples in a row say as much as one independent sample; 1 where they do not depend on each other.
  static func correlationTime(_ values: [Double], around center: Double) -> Double {
    guard values.count >= 30 else { return 1 }
    let signs = values.map { $0 > center ? 1.0 : $0 < center ? -1.0 : 0 }
    let power = signs.reduce(0) { $0 + $1 * $1 } / Double(signs.count)
    guard power > 0 else { return 1 }
    // Subtracting the samples' own centre makes each correlation too small by about (correlation time) / count: put back in a second and a third pass.
    var time = 1.0
    for pass in 0..<3 {
      time = correlationTime(signs, power, bias: pass == 0 ? 0 : time / Double(signs.count))
    }
    return time
  }

  private static func correlationTime(_ signs: [Double], _ power: Double, bias: Double) -> Double {
    var total = 0.0
    var lag = 1
    while lag + 1 < signs.count / 4 {
      let pair = (mean(signs, lag: lag) + mean(signs, lag: lag + 1)) / power + 2 * bias
      // What chance alone gives two lags is no correlation.
      guard pair > 1 / Double(signs.count).squareRoot() else { break }
      total += pair
      lag += 2
    }
    return 1 + 2 * total
  }

  /// Mean of the products of values that are `lag` apart.
  private static func mean(_ signs: [Double], lag: Int) -> Double {
    var sum = 0.0
    for index in lag..<signs.count { sum += signs[index] * signs[index - lag] }
    return sum / Double(signs.count - lag)
  }
}
