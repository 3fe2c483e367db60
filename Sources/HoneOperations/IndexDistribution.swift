// IndexDistribution.swift: which rows of a table are looked up.

internal import HoneCore

#if canImport(Glibc)
  internal import Glibc
#endif

/// Row numbers, reproducible by seed. "zipf" draws rank r with probability ~ r^-1.05 by rejection (Hörmann and Derflinger, "Rejection-inversion to
/// generate variates from monotone discrete distributions", 1996) and scatters the ranks over the table, because popular rows are not neighbours.
struct IndexDistribution {
  private static let exponent = 1.05
  private var generator: SeededGenerator
  private let rows: Int
  private let isZipf: Bool
  private let total: Double
  private let first: Double

  init(rows: Int, named name: String, seed: UInt64) {
    self.rows = max(rows, 1)
    isZipf = name == "zipf"
    generator = SeededGenerator(seed: seed)
    first = Self.integral(1.5) - 1
    total = Self.integral(Double(max(rows, 1)) + 0.5)
  }

  mutating func next() -> Int {
    guard isZipf else { return Int.random(in: 0..<rows, using: &generator) }
    return scattered(nextRank() - 1)
  }

  private mutating func nextRank() -> Int {
    while true {
      let u = total + generator.unit() * (first - total)
      let x = Self.inverse(u)
      let rank = min(max(x.rounded(), 1), Double(rows))
      if u >= Self.integral(rank + 0.5) - pow(rank, -Self.exponent) { return Int(rank) }
    }
  }

  /// A bijection of 0..<rows: multiply by a large odd prime that shares no factor with rows.
  private func scattered(_ rank: Int) -> Int {
    let prime: UInt64 = rows % 2_654_435_761 == 0 ? 2_246_822_519 : 2_654_435_761
    return Int((UInt64(rank) * prime) % UInt64(rows))
  }

  /// Integral of x^-s, and its inverse.
  private static func integral(_ x: Double) -> Double {
    (pow(x, 1 - exponent) - 1) / (1 - exponent)
  }

  private static func inverse(_ u: Double) -> Double {
    pow(1 + u * (1 - exponent), 1 / (1 - exponent))
  }
}
