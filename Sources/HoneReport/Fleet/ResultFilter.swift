// ResultFilter.swift: which results are looked at, in the language of benchstat's -filter.

internal import HoneCore

/// `operation:gemm -policy:cold m:(512 OR 1024) variant:*packed*`: terms side by side must all hold; `OR`, `-` or `NOT`, and parentheses do what they say;
/// `*` in a value stands for anything.
public struct ResultFilter: Sendable {
  indirect enum Expression: Sendable {
    case all([Expression])
    case any([Expression])
    case not(Expression)
    case term(Field, String)
  }

  private let expression: Expression

  /// - Throws: `HoneError` (usage) that says what is wrong with the text.
  public init(_ text: String) throws {
    var parser = ResultFilterParser(text)
    expression = try parser.whole()
  }

  func accepts(_ result: Observation, in fleet: Fleet) -> Bool {
    Self.holds(expression, result, fleet)
  }

  private static func holds(
    _ expression: Expression, _ result: Observation, _ fleet: Fleet
  ) -> Bool {
    switch expression {
    case .all(let parts): parts.allSatisfy { holds($0, result, fleet) }
    case .any(let parts): parts.contains { holds($0, result, fleet) }
    case .not(let part): !holds(part, result, fleet)
    case .term(let field, let pattern):
      matches(Array(field.value(result, fleet).description.utf8), Array(pattern.utf8))
    }
  }

  /// Globs with `*` only; the last star is remembered, so the time is at most the product of the lengths.
  static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
    var (position, expected) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while position < text.count {
      if expected < pattern.count, pattern[expected] == UInt8(ascii: "*") {
        star = (expected, position)
        expected += 1
      } else if expected < pattern.count, pattern[expected] == text[position] {
        expected += 1
        position += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        (expected, position) = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[expected...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

/// Words, quoted words, parentheses and colons; recursive descent.
struct ResultFilterParser {
  private enum Token: Equatable {
    case word(String)
    case open, close, colon, minus
  }

  private let text: String
  private var tokens: [Token] = []
  private var position = 0

  init(_ text: String) {
    self.text = text
    tokens = Self.tokens(of: text)
  }

  mutating func whole() throws -> ResultFilter.Expression {
    guard !tokens.isEmpty else { return .all([]) }
    let expression = try alternatives()
    guard position == tokens.count else { throw wrong("there is a ')' too many") }
    return expression
  }

  private static func tokens(of text: String) -> [Token] {
    var tokens: [Token] = []
    var rest = Substring(text)
    let marks: [Character: Token] = ["(": .open, ")": .close, ":": .colon]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if let mark = marks[first] {
        tokens.append(mark)
        rest.removeFirst()
      } else if first == "-" {
        tokens.append(.minus)
        rest.removeFirst()
      } else if first == "\"" {
        rest.removeFirst()
        tokens.append(.word(String(rest.prefix { $0 != "\"" })))
        rest = rest.drop { $0 != "\"" }.dropFirst()
      } else {
        let word = rest.prefix { !$0.isWhitespace && marks[$0] == nil }
        tokens.append(.word(String(word)))
        rest = rest.dropFirst(word.count)
      }
    }
    return tokens
  }

  private mutating func alternatives() throws -> ResultFilter.Expression {
    var parts = [try conjunction()]
    while take(.word("OR")) { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws -> ResultFilter.Expression {
    var parts: [ResultFilter.Expression] = []
    while let token = current, token != .close, token != .word("OR") {
      if take(.word("AND")) { continue }
      parts.append(try single())
    }
    guard !parts.isEmpty else { throw wrong("a condition is missing") }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func single() throws -> ResultFilter.Expression {
    if take(.minus) || take(.word("NOT")) { return .not(try single()) }
    if take(.open) {
      let inner = try alternatives()
      guard take(.close) else { throw wrong("a ')' is missing") }
      return inner
    }
    guard case .word(let name)? = current else { throw wrong("a field is missing") }
    position += 1
    if name == "*" { return .all([]) }
    guard take(.colon) else { throw wrong("'\(name)' lacks ':VALUE'") }
    guard let field = Fields.named(name) else { throw Self.unknownField(name) }
    return try values(of: field)
  }

  private mutating func values(of field: Field) throws -> ResultFilter.Expression {
    guard take(.open) else { return .term(field, try value()) }
    var parts: [ResultFilter.Expression] = []
    while !take(.close) {
      if take(.word("OR")) { continue }
      parts.append(.term(field, try value()))
    }
    return .any(parts)
  }

  private mutating func value() throws -> String {
    var value = take(.minus) ? "-" : ""
    guard case .word(let word)? = current else { throw wrong("a value is missing") }
    position += 1
    value += word
    return value
  }

  private var current: Token? { position < tokens.count ? tokens[position] : nil }

  private mutating func take(_ token: Token) -> Bool {
    guard current == token else { return false }
    position += 1
    return true
  }

  private func wrong(_ reason: String) -> HoneError {
    HoneError(
      .usage, "the filter '\(text)' cannot be read: \(reason)",
      advice: "Write for example: operation:gemm -policy:cold m:(512 OR 1024)")
  }

  static func unknownField(_ name: String) -> HoneError {
    let near = NearestNames.of(name, among: Fields.names)
    return HoneError(
      .usage, "results have no field '\(name)'",
      advice: near.isEmpty
        ? "Fields are: \(Fields.all.map(\.name).joined(separator: ", "))."
        : "Did you mean: \(near.joined(separator: ", "))?")
  }
}
