// MeasurementPolicy+Name.swift: the name of a policy: printing, parsing, and its fields in records.

extension MeasurementPolicy {
  /// "warm", "cold", "cold+4k+memory-50": operands, then whatever is unusual, in this order: pages, neighbour, batching, sample
  /// length, clock, quantity, equal bits.
  public var name: String {
    var parts = [operands.rawValue]
    if pages != Self.pageKinds[0] { parts.append(pages) }
    if coLoad != "none" { parts.append(coLoad) }
    let usual = Sampling()
    if sampling.batching != usual.batching { parts.append(sampling.batching.rawValue) }
    if sampling.sampleMicroseconds != usual.sampleMicroseconds {
      parts.append("\(sampling.sampleMicroseconds)us")
    }
    if sampling.clock != usual.clock { parts.append(sampling.clock.rawValue) }
    if quantity != .time { parts.append(quantity.rawValue) }
    if isSameBits { parts.append(Self.sameBits) }
    return parts.joined(separator: "+")
  }

  private static let sameBits = "same-bits"

  /// What a part of a name can be, for messages and help.
  public static let grammar =
    "warm or cold, then any of: +4k, +huge (pages), +memory-P or +cache-P (a neighbour that holds P percent), "
    + "+single (one execution a sample), +Nus (least length of a sample), +tsc (clock), "
    + "+energy (joules are compared, not seconds), +same-bits (the same bits with every number of threads)"

  /// - Parameter name: parts joined by "+", the operands first, the others in any order, each aspect once.
  /// - Throws: `HoneError` (`usage`) that names the part that is not understood.
  public init(name: String) throws(HoneError) {
    let parts = name.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    guard let operands = Operands(rawValue: parts[0]) else {
      throw HoneError(
        .usage, "the policy '\(name)' does not begin with warm or cold",
        advice: "A policy is \(Self.grammar).")
    }
    self.init(operands: operands)
    var seen: Set<String> = []
    for part in parts.dropFirst() {
      guard let reader = Self.readers.first(where: { $0.read(part, &self) }),
        seen.insert(reader.aspect).inserted
      else {
        throw HoneError(
          .usage, "the policy '\(name)' has a part '\(part)' that is unknown or said twice",
          advice: "A policy is \(Self.grammar).")
      }
    }
  }

  /// Reads one part of a name into a policy; false where it is not its kind of part.
  private struct Reader: Sendable {
    var aspect: String
    var read: @Sendable (String, inout MeasurementPolicy) -> Bool
  }

  private static let readers: [Reader] = [
    Reader(aspect: "pages") { part, policy in
      guard pageKinds.contains(part) else { return false }
      policy.pages = part
      return true
    },
    Reader(aspect: "neighbour") { part, policy in
      guard part == "none" || CoLoad(name: part) != nil else { return false }
      policy.coLoad = part
      return true
    },
    Reader(aspect: "batching") { part, policy in
      guard let batching = Sampling.Batching(rawValue: part) else { return false }
      policy.sampling.batching = batching
      return true
    },
    Reader(aspect: "length") { part, policy in
      guard part.hasSuffix("us"), let length = Int(part.dropLast(2)),
        (1...10_000_000).contains(length), "\(length)us" == part
      else { return false }
      policy.sampling.sampleMicroseconds = length
      return true
    },
    Reader(aspect: "clock") { part, policy in
      guard let clock = Sampling.Clock(rawValue: part) else { return false }
      policy.sampling.clock = clock
      return true
    },
    Reader(aspect: "quantity") { part, policy in
      guard let quantity = Quantity(rawValue: part) else { return false }
      policy.quantity = quantity
      return true
    },
    Reader(aspect: "bits") { part, policy in
      guard part == sameBits else { return false }
      policy.isSameBits = true
      return true
    },
  ]
}

extension MeasurementPolicy: CustomStringConvertible {
  public var description: String { name }
}

extension MeasurementPolicy: Codable {
  private enum CodingKeys: String, CodingKey {
    case operands, pages, coLoad, batching, sampleMicroseconds, clock, quantity, sameBits
  }

  /// What is missing is as usual: records of before 0.2 say nothing of samples.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let usual = Sampling()
    self.init(
      operands: try fields.decode(Operands.self, forKey: .operands),
      pages: try fields.decode(String.self, forKey: .pages),
      coLoad: try fields.decode(String.self, forKey: .coLoad),
      sampling: Sampling(
        batching: try fields.decodeIfPresent(Sampling.Batching.self, forKey: .batching)
          ?? usual.batching,
        sampleMicroseconds: try fields.decodeIfPresent(Int.self, forKey: .sampleMicroseconds)
          ?? usual.sampleMicroseconds,
        clock: try fields.decodeIfPresent(Sampling.Clock.self, forKey: .clock) ?? usual.clock),
      quantity: try fields.decodeIfPresent(Quantity.self, forKey: .quantity) ?? .time,
      isSameBits: try fields.decodeIfPresent(Bool.self, forKey: .sameBits) ?? false)
  }

  /// What is as usual in sampling is left out: a record's bytes do not change with what this version knows.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    let usual = Sampling()
    try fields.encode(operands, forKey: .operands)
    try fields.encode(pages, forKey: .pages)
    try fields.encode(coLoad, forKey: .coLoad)
    if sampling.batching != usual.batching {
      try fields.encode(sampling.batching, forKey: .batching)
    }
    if sampling.sampleMicroseconds != usual.sampleMicroseconds {
      try fields.encode(sampling.sampleMicroseconds, forKey: .sampleMicroseconds)
    }
    if sampling.clock != usual.clock { try fields.encode(sampling.clock, forKey: .clock) }
    if quantity != .time { try fields.encode(quantity, forKey: .quantity) }
    if isSameBits { try fields.encode(true, forKey: .sameBits) }
  }
}
