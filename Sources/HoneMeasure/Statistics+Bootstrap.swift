// Statistics+Bootstrap.swift: the interval of a median by resampling.

public import HoneCore

/// How the bootstrap distribution becomes an interval.
public enum BootstrapMethod: String, Sendable {
  case percentile
  /// Corrected for bias and skew (Efron's BCa).
  case corrected
}

extension Statistics {
  /// The bootstrap interval of the median of `values` (paired log-ratios, as a rule). The same seed gives the same interval.
  public static func bootstrapMedianInterval(
    _ values: [Double], confidence: Double = 0.95, resamples: Int = 2000, seed: UInt64,
    method: BootstrapMethod = .percentile
  ) -> Interval {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return Interval(low: .nan, high: .nan, confidence: 0) }
    let medians = resampledMedians(sorted, resamples: resamples, seed: seed)
    let tail = (1 - confidence) / 2
    var probabilities = (tail, 1 - tail)
    if method == .corrected {
      let shift = bias(of: medians, around: quantile(sorted: sorted, 0.5))
      let acceleration = acceleration(of: sorted)
      probabilities = (
        corrected(tail, shift, acceleration), corrected(1 - tail, shift, acceleration)
      )
    }
    return Interval(
      low: quantile(sorted: medians, probabilities.0),
      high: quantile(sorted: medians, probabilities.1), confidence: confidence)
  }

  private static func resampledMedians(_ sorted: [Double], resamples: Int, seed: UInt64)
    -> [Double]
  {
    var generator = SeededGenerator(seed: seed)
    let count = sorted.count
    // Draws are counted by index: walking the counts up to the middle is cheaper than sorting each resample.
    var draws = [Int](repeating: 0, count: count)
    var medians: [Double] = []
    medians.reserveCapacity(resamples)
    for _ in 0..<max(1, resamples) {
      for index in 0..<count { draws[index] = 0 }
      for _ in 0..<count { draws[generator.below(count)] += 1 }
      let lower = element(sorted, draws, rank: (count - 1) / 2)
      let upper = count % 2 == 1 ? lower : element(sorted, draws, rank: count / 2)
      medians.append((lower + upper) / 2)
    }
    return medians.sorted()
  }

  private static func element(_ sorted: [Double], _ draws: [Int], rank: Int) -> Double {
    var passed = 0
    for (index, count) in draws.enumerated() {
      passed += count
      if passed > rank { return sorted[index] }
    }
    return sorted[sorted.count - 1]
  }

  /// z0: half of what equals the estimate counts as below it, since medians of resamples repeat.
  private static func bias(of medians: [Double], around estimate: Double) -> Double {
    let below = medians.reduce(0.0) { $0 + ($1 < estimate ? 1 : $1 == estimate ? 0.5 : 0) }
    let share = below / Double(medians.count)
    let edge = 0.5 / Double(medians.count)
    return normalQuantile(min(max(share, edge), 1 - edge))
  }

  /// a: the skew of the jackknife's medians.
  private static func acceleration(of sorted: [Double]) -> Double {
    guard sorted.count > 2 else { return 0 }
    let medians = sorted.indices.map { index in
      var rest = sorted
      rest.remove(at: index)
      return quantile(sorted: rest, 0.5)
    }
    let mean = medians.reduce(0, +) / Double(medians.count)
    let squares = medians.reduce(0) { $0 + (mean - $1) * (mean - $1) }
    let cubes = medians.reduce(0) { $0 + (mean - $1) * (mean - $1) * (mean - $1) }
    return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
  }

  private static func corrected(_ probability: Double, _ shift: Double, _ acceleration: Double)
    -> Double
  {
    let z = shift + normalQuantile(probability)
    return normalProbability(below: shift + z / (1 - acceleration * z))
  }
}
