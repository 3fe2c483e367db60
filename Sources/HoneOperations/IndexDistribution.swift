// IndexDistribution.swift: which rows of a table are looked up.

internal import HoneCore

/// A way to look up rows: uniform, Zipf, or by use counts.
enum IndexLaw {
  case uniform(rows: Int)
  case zipf(ZipfRanks)
  case reuse(ReuseLaw)

  /// - Parameter name: what `distribution` may be; uniform for any other.
  init(named name: String, rows: Int) {
    let rows = max(rows, 1)
    if let reuse = ReuseLaw(named: name, rows: rows) {
      self = .reuse(reuse)
    } else {
      self = name == "zipf" ? .zipf(ZipfRanks(rows: rows)) : .uniform(rows: rows)
    }
  }

  /// A row by popularity, 0 the most popular one of Zipf's.
  func next(_ generator: inout SeededGenerator) -> Int {
    switch self {
    case .uniform(let rows): Int.random(in: 0..<rows, using: &generator)
    case .zipf(let ranks): ranks.next(&generator) - 1
    case .reuse(let reuse): reuse.next(&generator)
    }
  }

  /// The share of look-ups that go to the `count` most popular rows: what a cache of so many rows can hit at best.
  func popularity(_ count: Double) -> Double {
    switch self {
    case .uniform(let rows): min(1, count / Double(rows))
    case .zipf(let ranks): ranks.popularity(count)
    case .reuse(let reuse): reuse.popularity(count)
    }
  }

  /// The largest difference of two laws' hit rates in a cache of 1, 2, 4 … rows, whatever is cached best: 0 … 1. Caches decide what
  /// a look-up costs, so laws that are near each other cost the same.
  func distance(to other: IndexLaw) -> Double {
    (0...40).reduce(0) { most, exponent in
      let count = Double(1 << exponent)
      return max(most, abs(popularity(count) - other.popularity(count)))
    }
  }
}

/// Row numbers, reproducible by seed. Popular rows are scattered over the table, because they are not neighbours in practice either.
struct IndexDistribution {
  private var generator: SeededGenerator
  private let rows: Int
  private let law: IndexLaw

  init(rows: Int, named name: String, seed: UInt64) {
    self.rows = max(rows, 1)
    generator = SeededGenerator(seed: seed)
    law = IndexLaw(named: name, rows: rows)
  }

  mutating func next() -> Int {
    let row = law.next(&generator)
    if case .uniform = law { return row }
    return scattered(row)
  }

  /// A bijection of 0..<rows: multiply by a large odd prime that shares no factor with rows.
  private func scattered(_ rank: Int) -> Int {
    let prime: UInt64 = rows % 2_654_435_761 == 0 ? 2_246_822_519 : 2_654_435_761
    return Int((UInt64(rank) * prime) % UInt64(rows))
  }
}
