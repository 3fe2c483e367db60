// IndexDistribution.swift: which rows of a table are looked up.

internal import HoneCore

/// Row numbers, reproducible by seed. Popular rows are scattered over the table, because they are not neighbours in practice either.
struct IndexDistribution {
  private enum Law {
    case uniform
    case zipf(ZipfRanks)
    case reuse(ReuseLaw)
  }

  private var generator: SeededGenerator
  private let rows: Int
  private let law: Law

  init(rows: Int, named name: String, seed: UInt64) {
    self.rows = max(rows, 1)
    generator = SeededGenerator(seed: seed)
    if let reuse = ReuseLaw(named: name, rows: self.rows) {
      law = .reuse(reuse)
    } else {
      law = name == "zipf" ? .zipf(ZipfRanks(rows: self.rows)) : .uniform
    }
  }

  mutating func next() -> Int {
    switch law {
    case .uniform: Int.random(in: 0..<rows, using: &generator)
    case .zipf(let ranks): scattered(ranks.next(&generator) - 1)
    case .reuse(let reuse): scattered(reuse.next(&generator))
    }
  }

  /// A bijection of 0..<rows: multiply by a large odd prime that shares no factor with rows.
  private func scattered(_ rank: Int) -> Int {
    let prime: UInt64 = rows % 2_654_435_761 == 0 ? 2_246_822_519 : 2_654_435_761
    return Int((UInt64(rank) * prime) % UInt64(rows))
  }
}
