// ReuseLaw.swift: rows by how often they are looked up in a stream: what was measured, or published of production-like traffic.

internal import HoneCore

// Background: facebookresearch/dlrm_datasets publishes, for synthetic traffic that keeps the locality of Meta's models, how many look-ups
// of a large batch go to rows that are used once, twice, 3-4, 5-8 … times. Both years are nearly flat in these octaves, but for a hump at
// 16 to 32 uses and fewer look-ups of rows that are used up to four times. Approach: five numbers a year, fitted to those histograms (they are
// not the histograms): octave o has 1 + height · exp(-((o - centre) / width)²), the first three octaves times a factor. 2021: 1.4, 3.79, 2, 0.84,
// 16 octaves; 2022: 1.31, 4.84, 1.93, 0.71, 17 octaves. The words below are those curves in thousandths. A stream of that size is 6 %
// (2021) and 9 % (2022) away from what was published: that share of the look-ups would have to move to another octave.

/// Look-ups fall into octaves of use counts (1, 2, 3-4, 5-8 …); in an octave all rows are alike.
struct ReuseLaw: Sendable {
  /// Look-ups of each octave, in thousandths of all.
  let shares: [Int]
  /// The first row of each octave, and the number of all rows that are looked up at all.
  let borders: [Int]

  private static let named = [
    "reuse2021": "reuse:1040000:43.50.67.108.117.97.70.55.50.49.49.49.49.49.49.49",
    "reuse2022": "reuse:1780000:34.35.40.74.101.112.93.67.53.49.49.49.49.49.49.49.48",
  ]

  /// The names there are.
  static var names: [String] { named.keys.sorted() }

  /// - Parameter name: one of the names, or the word of a measured stream; nil for any other.
  init?(named name: String, rows: Int) {
    guard let measured = MeasuredReuse(word: Self.named[name] ?? name) else { return nil }
    let counts = measured.shares.enumerated().map { octave, share in
      Double(measured.lookups) * (Double(share) / 1000) / Self.uses(octave)
    }
    // A table with fewer rows than the traffic had has fewer of each kind.
    let shrink = min(1, Double(rows) / counts.reduce(0, +))
    var borders = [0]
    for count in counts {
      let more = count > 0 ? max(1, Int(count * shrink)) : 0
      borders.append(min(rows, borders[borders.count - 1] + more))
    }
    self.borders = borders
    shares = measured.shares
  }

  /// Uses of a row in the middle of an octave.
  private static func uses(_ octave: Int) -> Double {
    octave == 0 ? 1 : 0.75 * Double(1 << octave)
  }

  func next(_ generator: inout SeededGenerator) -> Int {
    let drawn = Int(generator.unit() * 1000)
    var (octave, sum) = (0, shares[0])
    while sum <= drawn, octave + 1 < shares.count {
      octave += 1
      sum += shares[octave]
    }
    let (low, high) = (borders[octave], borders[octave + 1])
    return high > low ? Int.random(in: low..<high, using: &generator) : max(0, high - 1)
  }

  /// The share of look-ups that go to the `count` rows that are looked up most. Rows are popular from the last octave to the first.
  func popularity(_ count: Double) -> Double {
    var (left, sum) = (count, 0.0)
    for octave in shares.indices.reversed() {
      let (rows, share) = (
        Double(borders[octave + 1] - borders[octave]), Double(shares[octave]) / 1000
      )
      guard rows <= left else { return sum + share * left / rows }
      sum += share
      left -= rows
    }
    return min(1, sum)
  }

  /// Shares of look-ups by octaves of use counts of a stream: what the statistics count.
  static func shares(of stream: [Int]) -> [Double] {
    let sorted = stream.sorted()
    var counts: [Int] = []
    var first = 0
    for index in 1...max(1, sorted.count) where !sorted.isEmpty {
      guard index == sorted.count || sorted[index] != sorted[first] else { continue }
      let count = index - first
      let octave = count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
      while counts.count <= octave { counts.append(0) }
      counts[octave] += count
      first = index
    }
    return counts.map { Double($0) / Double(max(1, stream.count)) }
  }
}
