// JSONValue+Parsing.swift: reads strict JSON (RFC 8259) from bytes that may be anything; never traps.

/// Why a text is no JSON, and at which byte.
public struct JSONSyntaxError: Error, CustomStringConvertible {
  public var reason: String
  public var offset: Int
  public var description: String { "\(reason) at byte \(offset)" }

  public init(reason: String, offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension JSONValue {
  /// Throws `JSONSyntaxError`. Duplicate keys, trailing text and nesting deeper than 64 are errors too.
  public init(parsing bytes: some Collection<UInt8>) throws {
    var parser = JSONParser(bytes: Array(bytes))
    self = try parser.document()
  }
}

struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  /// Deeper than any document of Hone's, shallow enough for the smallest stack.
  private static let deepest = 64

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws -> JSONValue {
    let value = try value(depth: 0)
    skipBlanks()
    guard position == bytes.count else { throw error("text after the end of the document") }
    return value
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth < Self.deepest else { throw error("nested too deeply") }
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    var members: [String: JSONValue] = [:]
    try list(closing: "}") { parser in
      guard parser.current == UInt8(ascii: "\"") else {
        throw parser.error("a key must be a string")
      }
      let key = try parser.string()
      parser.skipBlanks()
      guard parser.take(":") else { throw parser.error("':' expected") }
      let value = try parser.value(depth: depth + 1)
      guard members.updateValue(value, forKey: key) == nil else {
        throw parser.error("the key '\(key)' appears twice")
      }
    }
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> JSONValue {
    var values: [JSONValue] = []
    try list(closing: "]") { values.append(try $0.value(depth: depth + 1)) }
    return .array(values)
  }

  /// The elements between the bracket at the current position and `closing`, separated by commas.
  private mutating func list(
    closing: Unicode.Scalar, element: (inout JSONParser) throws -> Void
  ) throws {
    position += 1
    skipBlanks()
    if take(closing) { return }
    while true {
      skipBlanks()
      try element(&self)
      skipBlanks()
      if take(closing) { return }
      guard take(",") else { throw error("',' or '\(closing)' expected") }
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws -> JSONValue {
    guard bytes[position...].starts(with: text.utf8) else { throw error("unexpected character") }
    position += text.utf8.count
    return value
  }
}

// MARK: - Numbers and strings

extension JSONParser {
  private mutating func number() throws -> JSONValue {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws {
    let start = position
    while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
    guard position > start else {
      throw error(current == nil ? "the document ends early" : "unexpected character")
    }
  }

  private mutating func string() throws -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw error("a string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw error("control character in a string")
      default: text.append(byte)
      }
    }
    throw error("the document ends inside a string")
  }

  private static let escapes: [UInt8: UInt8] = [
    0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 0x08, 0x66: 0x0c, 0x6e: 0x0a, 0x72: 0x0d, 0x74: 0x09,
  ]

  private mutating func escape(into text: inout [UInt8]) throws {
    guard let byte = current else { throw error("the document ends inside a string") }
    position += 1
    if let plain = Self.escapes[byte] { return text.append(plain) }
    guard byte == UInt8(ascii: "u") else { throw error("unknown escape") }
    var code = UInt32(try codeUnit())
    if (0xd800..<0xdc00).contains(code) {
      guard take("\\"), take("u") else { throw error("half a surrogate pair") }
      let low = UInt32(try codeUnit())
      guard (0xdc00..<0xe000).contains(low) else { throw error("half a surrogate pair") }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
    text += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
  }

  private mutating func codeUnit() throws -> UInt16 {
    guard position + 4 <= bytes.count else { throw error("the document ends inside a string") }
    let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    guard digits.allSatisfy(\.isHexDigit), let code = UInt16(digits, radix: 16) else {
      throw error("four hexadecimal digits expected")
    }
    position += 4
    return code
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private func error(_ reason: String) -> JSONSyntaxError {
    JSONSyntaxError(reason: reason, offset: position)
  }
}
