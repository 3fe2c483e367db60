// ReuseLaw.swift: rows by how often they are looked up in a batch: what the published statistics of production-like traffic look like.

internal import HoneCore

#if canImport(Glibc)
  internal import Glibc
#endif

// Background: facebookresearch/dlrm_datasets publishes, for synthetic traffic that keeps the locality of Meta's models, how many look-ups
// of a large batch go to rows that are used once, twice, 3-4, 5-8 … times. Both years are nearly flat in these octaves, but for a hump at
// 16 to 32 uses and fewer look-ups of rows that are used up to four times. Approach: five numbers a year, fitted to those histograms (they are
// not the histograms): a level of 1, a hump, and a factor for the first three octaves. A stream of that size is then 6 % (2021)
// and 9 % (2022) away from what was published: that share of the look-ups would have to move to another octave.

/// Look-ups fall into octaves of use counts (1, 2, 3-4, 5-8 …); in an octave all rows are alike.
struct ReuseLaw: Sendable {
  /// Upper ends of the shares of look-ups, one an octave, the last one 1.
  let cumulated: [Double]
  /// The first row of each octave, and the number of all rows that are looked up at all.
  let borders: [Int]

  private struct Fit {
    /// How high the hump is over the level of 1, at which octave, and how wide.
    var height: Double
    var centre: Double
    var width: Double
    /// What the first three octaves are multiplied by.
    var rare: Double
    var octaves: Int
    /// Look-ups of one table in the batch that was counted.
    var lookups: Double
  }

  private static let fits: [String: Fit] = [
    "reuse2021": Fit(
      height: 1.4, centre: 3.79, width: 2, rare: 0.84, octaves: 16, lookups: 1.04e6),
    "reuse2022": Fit(
      height: 1.31, centre: 4.84, width: 1.93, rare: 0.71, octaves: 17, lookups: 1.78e6),
  ]

  /// The names there are.
  static var names: [String] { fits.keys.sorted() }

  /// nil for a name that is none of these laws.
  init?(named name: String, rows: Int) {
    guard let fit = Self.fits[name] else { return nil }
    let shares = Self.shares(fit)
    let counts = shares.enumerated().map { octave, share in
      fit.lookups * share / Self.uses(octave)
    }
    // A table with fewer rows than the traffic had has fewer of each kind.
    let shrink = min(1, Double(rows) / counts.reduce(0, +))
    var (borders, sums) = ([0], [Double]())
    for (count, share) in zip(counts, shares) {
      borders.append(min(rows, borders[borders.count - 1] + max(1, Int(count * shrink))))
      sums.append((sums.last ?? 0) + share)
    }
    self.borders = borders
    cumulated = sums.dropLast() + [1]
  }

  /// Share of look-ups of each octave.
  private static func shares(_ fit: Fit) -> [Double] {
    let raw = (0..<fit.octaves).map { octave in
      let offset = (Double(octave) - fit.centre) / fit.width
      return (1 + fit.height * exp(-offset * offset)) * (octave < 3 ? fit.rare : 1)
    }
    let total = raw.reduce(0, +)
    return raw.map { $0 / total }
  }

  /// Uses of a row in the middle of an octave.
  private static func uses(_ octave: Int) -> Double {
    octave == 0 ? 1 : 0.75 * Double(1 << octave)
  }

  func next(_ generator: inout SeededGenerator) -> Int {
    let drawn = generator.unit()
    let octave = cumulated.firstIndex { drawn < $0 } ?? cumulated.count - 1
    let (low, high) = (borders[octave], borders[octave + 1])
    return high > low ? Int.random(in: low..<high, using: &generator) : max(0, high - 1)
  }

  /// How far two ways to look up rows are apart: the share of look-ups that would have to move to another octave, 0 … 1.
  static func distance(_ one: [Double], _ other: [Double]) -> Double {
    let count = max(one.count, other.count)
    let at = { (list: [Double], i: Int) in i < list.count ? list[i] : 0 }
    return (0..<count).reduce(0) { $0 + abs(at(one, $1) - at(other, $1)) } / 2
  }

  /// Shares of look-ups by octaves of use counts of a stream: what the statistics count.
  static func shares(of stream: [Int]) -> [Double] {
    var uses: [Int: Int] = [:]
    for row in stream { uses[row, default: 0] += 1 }
    var shares: [Double] = []
    for count in uses.values {
      let octave = count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
      while shares.count <= octave { shares.append(0) }
      shares[octave] += Double(count) / Double(max(1, stream.count))
    }
    return shares
  }
}
