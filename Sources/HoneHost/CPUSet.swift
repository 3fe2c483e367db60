// CPUSet.swift: a set of CPUs (or NUMA nodes) by the operating system's numbers, written as Linux writes it: "0-3,8".

/// A set of small non-negative integers. In JSON it is its `description`.
public struct CPUSet: Hashable, Sendable {
  /// 64 members a word, lowest first; the last word is never 0, so equal sets are equal values.
  public private(set) var words: [UInt64] = []

  /// Larger numbers are no CPUs of any machine; a range up to here still fits in a few kilobytes.
  static let limit = 1 << 20

  public init() {}

  public init(_ members: some Sequence<Int>) {
    for member in members { insert(member) }
  }

  public init(words: [UInt64]) {
    self.words = words
    trim()
  }

  /// Members outside 0 ..< 2²⁰ are ignored.
  public mutating func insert(_ member: Int) {
    guard member >= 0, member < Self.limit else { return }
    while words.count <= member / 64 { words.append(0) }
    words[member / 64] |= 1 << UInt64(member % 64)
  }

  public func contains(_ member: Int) -> Bool {
    member >= 0 && member / 64 < words.count && words[member / 64] & (1 << UInt64(member % 64)) != 0
  }

  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
  public var isEmpty: Bool { words.isEmpty }
  public var first: Int? { members.first }

  /// Ascending.
  public var members: [Int] {
    words.indices.flatMap { word in
      (0..<64).filter { words[word] & (1 << UInt64($0)) != 0 }.map { word * 64 + $0 }
    }
  }

  public func intersection(_ other: CPUSet) -> CPUSet {
    CPUSet(words: zip(words, other.words).map { $0 & $1 })
  }

  public func union(_ other: CPUSet) -> CPUSet {
    let length = max(words.count, other.words.count)
    return CPUSet(words: (0..<length).map { word(at: $0) | other.word(at: $0) })
  }

  public func subtracting(_ other: CPUSet) -> CPUSet {
    CPUSet(words: words.indices.map { words[$0] & ~other.word(at: $0) })
  }

  public func isSubset(of other: CPUSet) -> Bool { subtracting(other).isEmpty }

  private func word(at index: Int) -> UInt64 { index < words.count ? words[index] : 0 }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
  }
}

extension CPUSet: CustomStringConvertible {
  public var description: String {
    var ranges: [ClosedRange<Int>] = []
    for member in members {
      if let last = ranges.last, last.upperBound + 1 == member {
        ranges[ranges.count - 1] = last.lowerBound...member
      } else {
        ranges.append(member...member)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// Reads Linux's list form, also an empty one; nil where the text is something else.
  public init?(list text: some StringProtocol) {
    self.init()
    for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let low = Int(ends[0]), let high = Int(ends[ends.count - 1]), low >= 0, low <= high,
        high < Self.limit
      else { return nil }
      for member in low...high { insert(member) }
    }
  }
}

extension CPUSet: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let set = CPUSet(list: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not a list of CPUs such as \"0-3,8\"")
    }
    self = set
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
