// LineDecoder.swift: typed values from the tokens of a line, many times as fast as from any JSON.

internal import HoneCore

/// Decodes what Hone wrote itself. Whatever is unusual throws, without a reason: then the line is decoded the slow way.
struct LineDecoder: Decoder {
  let tokens: LineTokens
  let index: Int

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard tokens.tokens[index].kind == .object else { throw UnusualLine() }
    return KeyedDecodingContainer(LineMembers(tokens: tokens, object: index))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard tokens.tokens[index].kind == .array else { throw UnusualLine() }
    return LineElements(tokens: tokens, array: index)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    LineValue(tokens: tokens, index: index)
  }
}

extension LineTokens {
  func value<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
    if let known = try plain(type, at: index) { return known }
    return try Value(from: LineDecoder(tokens: self, index: index))
  }

  /// The types that records are made of, without a detour over containers; nil for all others.
  fileprivate func plain<Value>(_ type: Value.Type, at index: Int) throws -> Value? {
    if type == String.self { return try text(index) as? Value }
    if type == Double.self { return try number(index) as? Value }
    if type == Int.self { return try integer(index) as Int as? Value }
    if type == [Double].self { return try doubles(index) as? Value }
    if type == UInt64.self { return try integer(index) as UInt64 as? Value }
    return nil
  }

  /// NaN and the infinities are written as texts.
  func number(_ index: Int) throws(UnusualLine) -> Double {
    guard tokens[index].kind == .text else { return try double(index) }
    guard let number = JSONValue.stranger(try text(index)) else { throw UnusualLine() }
    return number
  }

  private func doubles(_ index: Int) throws(UnusualLine) -> [Double] {
    guard tokens[index].kind == .array else { throw UnusualLine() }
    var numbers: [Double] = []
    numbers.reserveCapacity(Int(tokens[index].next) - index - 1)
    for element in (index + 1)..<Int(tokens[index].next) { numbers.append(try number(element)) }
    return numbers
  }

  func boolean(_ index: Int) throws(UnusualLine) -> Bool {
    switch tokens[index].kind {
    case .yes: true
    case .no: false
    default: throw UnusualLine()
    }
  }
}

// MARK: - Containers

private struct LineMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let tokens: LineTokens
  let object: Int

  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    var keys: [Key] = []
    var at = object + 1
    while at < tokens.tokens[object].next {
      if let name = try? tokens.text(at), let key = Key(stringValue: name) { keys.append(key) }
      at = Int(tokens.tokens[at + 1].next)
    }
    return keys
  }

  func contains(_ key: Key) -> Bool { tokens.member(key.stringValue, of: object) != nil }

  private func index(_ key: Key) throws -> Int {
    guard let index = tokens.member(key.stringValue, of: object) else { throw UnusualLine() }
    return index
  }

  func decodeNil(forKey key: Key) throws -> Bool { tokens.tokens[try index(key)].kind == .null }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try tokens.boolean(try index(key))
  }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try tokens.text(try index(key))
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    try tokens.number(try index(key))
  }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try tokens.integer(try index(key))
  }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try tokens.value(type, at: try index(key))
  }
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    guard let index = tokens.member(key.stringValue, of: object),
      tokens.tokens[index].kind != .null
    else { return nil }
    return try tokens.value(type, at: index)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  {
    try LineDecoder(tokens: tokens, index: try index(key)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try LineDecoder(tokens: tokens, index: try index(key)).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { throw UnusualLine() }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw UnusualLine() }
}

private struct LineElements: UnkeyedDecodingContainer {
  let tokens: LineTokens
  let array: Int
  private var at: Int
  private(set) var currentIndex = 0

  init(tokens: LineTokens, array: Int) {
    self.tokens = tokens
    self.array = array
    at = array + 1
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { nil }
  var isAtEnd: Bool { at >= tokens.tokens[array].next }

  private mutating func take() throws -> Int {
    guard !isAtEnd else { throw UnusualLine() }
    defer {
      at = Int(tokens.tokens[at].next)
      currentIndex += 1
    }
    return at
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, tokens.tokens[at].kind == .null else { return false }
    _ = try take()
    return true
  }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try tokens.value(type, at: try take())
  }
  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws
    -> KeyedDecodingContainer<Nested>
  {
    try LineDecoder(tokens: tokens, index: try take()).container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try LineDecoder(tokens: tokens, index: try take()).unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder { throw UnusualLine() }
}

private struct LineValue: SingleValueDecodingContainer {
  let tokens: LineTokens
  let index: Int

  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { tokens.tokens[index].kind == .null }
  func decode(_ type: Bool.Type) throws -> Bool { try tokens.boolean(index) }
  func decode(_ type: String.Type) throws -> String { try tokens.text(index) }
  func decode(_ type: Double.Type) throws -> Double { try tokens.number(index) }
  func decode(_ type: Int.Type) throws -> Int { try tokens.integer(index) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if type == Bool.self, let value = try tokens.boolean(index) as? Value { return value }
    if let value = try tokens.plain(type, at: index) { return value }
    // A number type that no record has would come back here for ever.
    guard !(type is any Numeric.Type) else { throw UnusualLine() }
    return try Value(from: LineDecoder(tokens: tokens, index: index))
  }
}
