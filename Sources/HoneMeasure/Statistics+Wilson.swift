// Statistics+Wilson.swift: the confidence interval of a share: so many of so many.

public import HoneCore

extension Statistics {
  /// Wilson's score interval (JASA 22, 1927): right also for few trials and for shares near 0 and 1, where the usual one is not.
  public static func wilsonInterval(
    successes: Int, of trials: Int, confidence: Double = 0.95
  ) -> Interval {
    guard trials > 0 else { return Interval(low: 0, high: 1, confidence: 0) }
    let n = Double(trials)
    let share = Double(successes) / n
    let z = normalQuantile(1 - (1 - confidence) / 2)
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let reach =
      z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(
      low: max(0, center - reach), high: min(1, center + reach), confidence: confidence)
  }
}
