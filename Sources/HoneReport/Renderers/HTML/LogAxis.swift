// LogAxis.swift: a logarithmic axis of a picture: where a value lies, and which values are written beside it.

internal import Glibc

/// From values to pixels. `low` and `high` are positive and differ.
struct LogAxis {
  var low: Double
  var high: Double
  var start: Double
  var end: Double

  init(_ values: [Double], padding: Double, from start: Double, to end: Double) {
    let usable = values.filter { $0 > 0 && $0.isFinite }
    low = (usable.min() ?? 1) / padding
    high = (usable.max() ?? 1) * padding
    if high <= low * 1.01 { (low, high) = (low / 2, high * 2) }
    self.start = start
    self.end = end
  }

  func position(_ value: Double) -> Double {
    let clamped = min(max(value, low), high)
    return start + log(clamped / low) / log(high / low) * (end - start)
  }

  /// Powers of `base`, or 1, 2 and 5 times powers of ten where those are too few.
  func ticks(base: Double = 10) -> [Double] {
    let first = Int((log(low) / log(base)).rounded(.down))
    let last = Int((log(high) / log(base)).rounded(.up))
    let powers = (first...last).map { pow(base, Double($0)) }
    let inside = powers.filter { $0 >= low && $0 <= high }
    guard inside.count < 3, base == 10 else { return inside }
    let finer = powers.flatMap { [$0, 2 * $0, 5 * $0] }.filter { $0 >= low && $0 <= high }
    return finer.count >= 2 ? finer : [low, high]
  }
}

/// Coordinates with one decimal: a picture has many.
func pixels(_ value: Double) -> String { Scaled.decimals(value, 1) }
