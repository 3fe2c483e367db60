// ZipfRanks.swift: ranks of popularity by Zipf's law.

internal import HoneCore

#if canImport(Glibc)
  internal import Glibc
#endif

/// Rank r, from 1, with probability ~ r^-1.05, by rejection (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone
/// discrete distributions", 1996).
struct ZipfRanks {
  private static let exponent = 1.05
  private let rows: Int
  private let total: Double
  private let first: Double

  init(rows: Int) {
    self.rows = rows
    first = Self.integral(1.5) - 1
    total = Self.integral(Double(rows) + 0.5)
  }

  func next(_ generator: inout SeededGenerator) -> Int {
    while true {
      let u = total + generator.unit() * (first - total)
      let x = Self.inverse(u)
      let rank = min(max(x.rounded(), 1), Double(rows))
      if u >= Self.integral(rank + 0.5) - pow(rank, -Self.exponent) { return Int(rank) }
    }
  }

  /// The share of the `count` first ranks, by the integral.
  func popularity(_ count: Double) -> Double {
    let origin = Self.integral(0.5)
    return (Self.integral(min(count, Double(rows)) + 0.5) - origin) / (total - origin)
  }

  /// Integral of x^-s, and its inverse.
  private static func integral(_ x: Double) -> Double {
    (pow(x, 1 - exponent) - 1) / (1 - exponent)
  }

  private static func inverse(_ u: Double) -> Double {
    pow(1 + u * (1 - exponent), 1 / (1 - exponent))
  }
}
