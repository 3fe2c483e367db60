// Statistics.swift: robust estimates of where samples lie and how wide they spread.

internal import Glibc

/// Pure functions over samples. An empty input gives NaN; NaN in the input is the caller's mistake and gives any result.
public enum Statistics {
  /// The quantile of probability `p` in 0…1, interpolated linearly between order statistics (type 7 of Hyndman and Fan,
  /// what R, NumPy and Julia do by default).
  public static func quantile(_ values: [Double], _ p: Double) -> Double {
    quantile(sorted: values.sorted(), p)
  }

  /// The nearly median-unbiased quantile (type 8 of Hyndman and Fan, The American Statistician 50, 1996), which they recommend where a
  /// quantile of the distribution is estimated from few samples and not one of the samples themselves is meant.
  public static func unbiasedQuantile(_ values: [Double], _ p: Double) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return .nan }
    let count = Double(sorted.count)
    let position = (count + 1.0 / 3) * min(max(p, 0), 1) + 1.0 / 3 - 1
    let clamped = min(max(position, 0), Double(last))
    let below = Int(clamped)
    guard below < last else { return sorted[last] }
    return sorted[below] + (clamped - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  static func quantile(sorted: [Double], _ p: Double) -> Double {
    guard let last = sorted.indices.last else { return .nan }
    let position = min(max(p, 0), 1) * Double(last)
    let below = Int(position)
    guard below < last else { return sorted[last] }
    return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  public static func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

  /// Median of the absolute distances to the median. Multiplied by 1.4826 it estimates the standard deviation of a normal
  /// distribution; it is returned raw.
  public static func medianAbsoluteDeviation(_ values: [Double]) -> Double {
    let center = median(values)
    return median(values.map { abs($0 - center) })
  }

  /// What turns a raw median absolute deviation into a standard deviation where the values are normal.
  public static let deviationsPerMAD = 1.482_602_218_505_602

  /// Of positive values.
  public static func geometricMean(_ values: [Double]) -> Double {
    weightedGeometricMean(values, weights: Array(repeating: 1, count: values.count))
  }

  /// Of positive values with weights that are not negative and not all zero.
  public static func weightedGeometricMean(_ values: [Double], weights: [Double]) -> Double {
    let total = weights.reduce(0, +)
    guard total > 0, values.count == weights.count else { return .nan }
    return exp(zip(values, weights).reduce(0) { $0 + $1.1 * log($1.0) } / total)
  }

  /// log(a / b), element by element: the paired differences that drift cancels from.
  public static func logRatios(_ numerators: [Double], _ denominators: [Double]) -> [Double] {
    zip(numerators, denominators).map { log($0 / $1) }
  }
}
