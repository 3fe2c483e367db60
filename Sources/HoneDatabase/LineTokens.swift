// LineTokens.swift: a line of a journal as Hone writes it, taken apart in one pass.

internal import Glibc

/// Anything in a line that Hone's writer would not have written: blanks, escapes, bad JSON. Whoever meets it reads the line the slow way,
/// which takes any JSON and says what is wrong.
struct UnusualLine: Error {}

/// The values of a line in the order in which they begin; members of an object are a text (the key) and a value in turn.
final class LineTokens {
  enum Kind: UInt8 { case object, array, text, number, yes, no, null }

  struct Token {
    var kind: Kind
    /// Of a text between its quotes.
    var start: Int32
    var end: Int32
    /// The token behind the whole value.
    var next: Int32
  }

  let bytes: UnsafeBufferPointer<UInt8>
  let texts: TextPool
  private(set) var tokens: [Token] = []
  private var position = 0
  /// As deep as `JSONParser` goes.
  private static let deepest = 64

  /// - Parameter bytes: they outlive this.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ texts: TextPool) throws(UnusualLine) {
    self.bytes = bytes
    self.texts = texts
    guard bytes.count < Int32.max else { throw UnusualLine() }
    tokens.reserveCapacity(bytes.count / 10)
    try value(depth: 0)
    guard position == bytes.count else { throw UnusualLine() }
  }

  private func value(depth: Int) throws(UnusualLine) {
    guard depth < Self.deepest, position < bytes.count else { throw UnusualLine() }
    switch bytes[position] {
    case UInt8(ascii: "{"): try list(.object, closing: UInt8(ascii: "}"), depth)
    case UInt8(ascii: "["): try list(.array, closing: UInt8(ascii: "]"), depth)
    case UInt8(ascii: "\""): try text()
    case UInt8(ascii: "t"): try word(.yes, "true")
    case UInt8(ascii: "f"): try word(.no, "false")
    case UInt8(ascii: "n"): try word(.null, "null")
    default: try number()
    }
  }

  private func list(_ kind: Kind, closing: UInt8, _ depth: Int) throws(UnusualLine) {
    let index = tokens.count
    append(kind, position, position)
    position += 1
    if position < bytes.count, bytes[position] == closing {
      position += 1
    } else {
      while true {
        if kind == .object { try key() }
        try value(depth: depth + 1)
        guard position < bytes.count else { throw UnusualLine() }
        let byte = bytes[position]
        position += 1
        if byte == closing { break }
        guard byte == UInt8(ascii: ",") else { throw UnusualLine() }
      }
    }
    tokens[index].end = Int32(position)
    tokens[index].next = Int32(tokens.count)
  }

  private func key() throws(UnusualLine) {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw UnusualLine() }
    try text()
    guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw UnusualLine() }
    position += 1
  }

  private func text() throws(UnusualLine) {
    let start = position + 1
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
      guard bytes[end] >= 0x20, bytes[end] != UInt8(ascii: "\\") else { throw UnusualLine() }
      end += 1
    }
    guard end < bytes.count else { throw UnusualLine() }
    append(.text, start, end)
    position = end + 1
  }

  private func word(_ kind: Kind, _ word: StaticString) throws(UnusualLine) {
    guard bytes.count - position >= word.utf8CodeUnitCount, let base = bytes.baseAddress,
      memcmp(base + position, word.utf8Start, word.utf8CodeUnitCount) == 0
    else { throw UnusualLine() }
    append(kind, position, position + word.utf8CodeUnitCount)
    position += word.utf8CodeUnitCount
  }

  private func number() throws(UnusualLine) {
    let start = position
    while position < bytes.count, Self.isOfNumber(bytes[position]) { position += 1 }
    guard position > start else { throw UnusualLine() }
    append(.number, start, position)
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == 0x2d || byte == 0x2e || byte == 0x65 || byte == 0x45
      || byte == 0x2b
  }

  private func append(_ kind: Kind, _ start: Int, _ end: Int) {
    let next = Int32(tokens.count + 1)
    tokens.append(Token(kind: kind, start: Int32(start), end: Int32(end), next: next))
  }
}

// MARK: - Values

extension LineTokens {
  /// The value of an object's member; nil where it has none of that name, or is no object.
  func member(_ key: String, of object: Int) -> Int? {
    guard tokens[object].kind == .object else { return nil }
    var key = key
    return key.withUTF8 { name in
      var at = object + 1
      while at < tokens[object].next {
        let token = tokens[at]
        let count = Int(token.end - token.start)
        if count == name.count, let base = bytes.baseAddress, let wanted = name.baseAddress,
          memcmp(base + Int(token.start), wanted, count) == 0
        {
          return at + 1
        }
        at = Int(tokens[at + 1].next)
      }
      return nil
    }
  }

  func text(_ index: Int) throws(UnusualLine) -> String {
    let token = tokens[index]
    guard token.kind == .text else { throw UnusualLine() }
    return try texts.text(
      UnsafeBufferPointer(rebasing: bytes[Int(token.start)..<Int(token.end)]))
  }

  /// Digits only: a fraction or an exponent is for the slow way.
  func integer<Number: FixedWidthInteger>(_ index: Int) throws(UnusualLine) -> Number {
    let token = tokens[index]
    guard token.kind == .number,
      let number = Number(
        String(decoding: bytes[Int(token.start)..<Int(token.end)], as: UTF8.self))
    else { throw UnusualLine() }
    return number
  }

  func double(_ index: Int) throws(UnusualLine) -> Double {
    let token = tokens[index]
    guard token.kind == .number,
      let number = Double(
        String(decoding: bytes[Int(token.start)..<Int(token.end)], as: UTF8.self))
    else { throw UnusualLine() }
    return number
  }
}

/// Texts of many lines, each kept once: records of a journal name the same variants, libraries and sessions.
final class TextPool {
  private var slots = [String?](repeating: nil, count: 1024)

  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(UnusualLine) -> String {
    // As long as a text that needs no memory of its own.
    guard bytes.count > 15 else { return try Self.validated(bytes) }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let slot = Int(truncatingIfNeeded: (hash ^ hash >> 29) & 1023)
    if var known = slots[slot], known.withUTF8({ Self.equal($0, bytes) }) {
      return known
    }
    let fresh = try Self.validated(bytes)
    slots[slot] = fresh
    return fresh
  }

  private static func equal(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>)
    -> Bool
  {
    guard one.count == other.count, let first = one.baseAddress, let second = other.baseAddress
    else { return false }
    return memcmp(first, second, one.count) == 0
  }

  private static func validated(_ bytes: UnsafeBufferPointer<UInt8>) throws(UnusualLine) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw UnusualLine() }
    return text
  }
}
