// MeasuredReuse.swift: a histogram of reuse as a word: what a stream of indices leaves in a problem.

/// `reuse:1040000:43.50.67`: of 1 040 000 look-ups 43 in a thousand go to rows that are looked up once in the stream, 50 to rows that are
/// looked up twice, 67 to rows with 3 or 4 look-ups, then 5-8, 9-16 … The order of the look-ups, and which rows they are, is not kept.
public struct MeasuredReuse: Equatable, Sendable {
  /// Of the stream, to three digits.
  public let lookups: Int
  /// Of look-ups, by octave of use counts; they add up to 1000, and the last is not 0.
  public let shares: [Int]

  static let prefix = "reuse"
  /// For messages.
  static let form = "reuse:LOOKUPS:SHARES (see `hone workload stream`)"
  /// Rows that are looked up 2^39 times are in no file.
  private static let mostOctaves = 40
  private static let mostLookups = 1_000_000_000_000

  /// nil for words of any other form: a histogram has one word only.
  init?(word: String) {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == Self.prefix, let lookups = Self.number(parts[1]),
      lookups == Self.rounded(lookups), 1...Self.mostLookups ~= lookups
    else { return nil }
    let texts = parts[2].split(separator: ".", omittingEmptySubsequences: false)
    let shares = texts.compactMap(Self.number)
    guard shares.count == texts.count, shares.count <= Self.mostOctaves, shares.last != 0,
      shares.allSatisfy({ $0 <= 1000 }), shares.reduce(0, +) == 1000
    else { return nil }
    self.lookups = lookups
    self.shares = shares
  }

  /// nil for an empty stream.
  public init?(of stream: [Int]) {
    let raw = ReuseLaw.shares(of: stream).prefix(Self.mostOctaves)
    guard !raw.isEmpty else { return nil }
    lookups = Self.rounded(min(stream.count, Self.mostLookups))
    var shares = raw.map { Int($0 * 1000) }
    // What rounding leaves goes to the largest remainders.
    let order = raw.indices.sorted {
      (raw[$1] * 1000 - Double(shares[$1]), $0) < (raw[$0] * 1000 - Double(shares[$0]), $1)
    }
    let missing = 1000 - shares.reduce(0, +)
    for index in 0..<max(0, missing) { shares[order[index % order.count]] += 1 }
    while shares.last == 0 { shares.removeLast() }
    self.shares = shares
  }

  /// How far it is from the distribution of that name on a table of so many rows: the largest difference of hit rates in a cache of 1, 2, 4 … rows.
  public func distance(to name: String, rows: Int) -> Double {
    IndexLaw(named: word, rows: rows).distance(to: IndexLaw(named: name, rows: rows))
  }

  public var word: String {
    "\(Self.prefix):\(lookups):" + shares.map(String.init).joined(separator: ".")
  }

  /// Digits without a zero before them.
  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.count <= 13, text.utf8.allSatisfy({ 48...57 ~= $0 }),
      text == "0" || text.first != "0"
    else { return nil }
    return Int(text)
  }

  private static func rounded(_ count: Int) -> Int {
    var unit = 1
    while count / unit >= 1000 { unit *= 10 }
    return (count + unit / 2) / unit * unit
  }
}
