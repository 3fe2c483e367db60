// Statistics+Intervals.swift: confidence intervals that assume no distribution: of the median, and of the pseudo-median.

internal import Glibc
public import HoneCore

extension Statistics {
  /// The interval of the median between two order statistics, chosen so that the binomial distribution of "how many samples lie below
  /// the median" leaves at least `confidence` between them. With fewer samples than that takes (6 for 95 %), it is
  /// the range of the samples, and the interval's own `confidence` says what that is worth.
  public static func medianInterval(_ values: [Double], confidence: Double = 0.95) -> Interval {
    let sorted = values.sorted()
    let count = sorted.count
    guard count > 0 else { return Interval(low: .nan, high: .nan, confidence: 0) }
    let allowed = (1 - confidence) / 2
    let halves = Double(count) * log(2.0)
    var logChoices = 0.0
    var tail = exp(-halves)
    var rank = 0
    let rangeTail = tail
    while rank < (count - 1) / 2 {
      logChoices += log(Double(count - rank) / Double(rank + 1))
      let next = tail + exp(logChoices - halves)
      if next > allowed { break }
      tail = next
      rank += 1
    }
    let attained = rank == 0 && rangeTail > allowed ? max(0, 1 - 2 * rangeTail) : confidence
    return Interval(low: sorted[rank], high: sorted[count - 1 - rank], confidence: attained)
  }

  /// The one-sample Hodges–Lehmann estimate: the median of the means of all pairs (each value with itself included). For
  /// symmetric differences it is nearly as sharp as the mean and shrugs off a quarter of wild values.
  public static func pseudoMedian(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let pairs = sorted.count * (sorted.count + 1) / 2
    guard pairs > 0 else { return .nan }
    let lower = pairMean(sorted, rank: (pairs + 1) / 2)
    return pairs % 2 == 1 ? lower : (lower + pairMean(sorted, rank: pairs / 2 + 1)) / 2
  }

  /// The interval that belongs to `pseudoMedian`, by inverting Wilcoxon's signed-rank test. As `medianInterval` about
  /// too few values.
  public static func pseudoMedianInterval(_ values: [Double], confidence: Double = 0.95)
    -> Interval
  {
    let sorted = values.sorted()
    let count = sorted.count
    guard count > 0 else { return Interval(low: .nan, high: .nan, confidence: 0) }
    let allowed = (1 - confidence) / 2
    let rangeTail = pow(0.5, Double(count))
    let rank = max(1, signedRankCutoff(count: count, tail: allowed))
    let pairs = count * (count + 1) / 2
    return Interval(
      low: pairMean(sorted, rank: rank), high: pairMean(sorted, rank: pairs + 1 - rank),
      confidence: rangeTail > allowed ? max(0, 1 - 2 * rangeTail) : confidence)
  }

  /// The two-sample Hodges–Lehmann estimate: the median of all differences x − y.
  public static func shift(_ x: [Double], _ y: [Double]) -> Double {
    median(x.flatMap { first in y.map { first - $0 } })
  }

  /// The `rank`-th smallest (from 1) of the means of all pairs i ≤ j, found by bisection on the value, so that n² means need not be
  /// made; good to 10⁻¹⁵ of the values' range.
  private static func pairMean(_ sorted: [Double], rank: Int) -> Double {
    var low = sorted[0]
    var high = sorted[sorted.count - 1]
    let tolerance = (high - low) * 1e-15
    if pairsWithMean(atMost: low, sorted) >= rank { return low }
    while high - low > tolerance {
      let middle = low + (high - low) / 2
      guard middle > low && middle < high else { break }
      if pairsWithMean(atMost: middle, sorted) >= rank { high = middle } else { low = middle }
    }
    return high
  }

  private static func pairsWithMean(atMost limit: Double, _ sorted: [Double]) -> Int {
    sorted.withUnsafeBufferPointer { values in
      var count = 0
      var first = 0
      var end = values.count
      while first < end {
        while end > first && (values[first] + values[end - 1]) / 2 > limit { end -= 1 }
        count += end - first
        first += 1
      }
      return count
    }
  }

  /// The largest k with P(T ≤ k − 1) ≤ tail, where T is the signed-rank statistic of `count` values without ties:
  /// exact up to 40 values, by the normal approximation beyond; 0 where there is none.
  static func signedRankCutoff(count: Int, tail: Double) -> Int {
    guard count <= 40 else {
      let n = Double(count)
      let mean = n * (n + 1) / 4
      let deviation = (n * (n + 1) * (2 * n + 1) / 24).squareRoot()
      return max(0, Int((mean + 0.5 + normalQuantile(tail) * deviation).rounded(.down)))
    }
    // ways[s] = subsets of the ranks 1…count with sum s.
    var ways = [Double](repeating: 0, count: count * (count + 1) / 2 + 1)
    ways[0] = 1
    for rank in stride(from: 1, through: count, by: 1) {
      for sum in stride(from: ways.count - 1, through: rank, by: -1) {
        ways[sum] += ways[sum - rank]
      }
    }
    let total = pow(2, Double(count))
    var below = 0.0
    var cutoff = 0
    while cutoff < ways.count, (below + ways[cutoff]) / total <= tail {
      below += ways[cutoff]
      cutoff += 1
    }
    return cutoff
  }
}
