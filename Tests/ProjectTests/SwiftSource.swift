// SwiftSource.swift: as much of the Swift language as the checks need: code without comments and texts, imports, functions.

/// A function, initialiser or accessor with a body.
struct SourceFunction {
  var name: String
  /// Counted from 1.
  var firstLine: Int
  /// From the line of its keyword to the line of its closing brace.
  var lines: Int
}

enum SwiftSource {
  /// The source with comments and the content of string literals blanked out; line breaks stay where they are.
  static func code(of text: String) -> String {
    var scanner = Blanker(text)
    return scanner.run()
  }

  static func imports(of text: String) -> [String] {
    code(of: text).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
        words[..<keyword].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") })
      else { return nil }
      return words[keyword + 1].split(separator: ".").first.map(String.init)
    }
  }

  private static let modifiers: Set<String> = [
    "public", "package", "internal", "fileprivate", "private",
  ]

  /// Functions and initialisers that have bodies. Nested ones are counted too, also as part of what encloses them.
  static func functions(in text: String) -> [SourceFunction] {
    let lines = code(of: text).split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.compactMap { index in
      guard let name = declaredFunction(lines[index]),
        let last = lastLine(ofBodyFrom: index, in: lines)
      else { return nil }
      return SourceFunction(name: name, firstLine: index + 1, lines: last - index + 1)
    }
  }

  /// The name that a line declares a function or an initialiser with, or nil.
  private static func declaredFunction(_ line: Substring) -> String? {
    let words = line.split { $0 == " " || $0 == "(" || $0 == "<" }.map(String.init)
    if let keyword = words.firstIndex(of: "func"), keyword + 1 < words.count {
      return words[keyword + 1]
    }
    guard let word = words.first(where: { !declarationModifiers.contains($0) }),
      ["init", "init?", "init!", "deinit"].contains(word)
    else { return nil }
    return word
  }

  private static let declarationModifiers: Set<String> = [
    "public", "package", "internal", "fileprivate", "private", "convenience", "required",
    "override", "nonisolated", "mutating", "@inlinable", "@inline", "__always)",
  ]

  /// The line of the brace that closes the body, or nil where there is no body (a requirement of a protocol).
  private static func lastLine(ofBodyFrom first: Int, in lines: [Substring]) -> Int? {
    var parentheses = 0
    var braces = 0
    for index in first..<lines.count {
      if index > first, parentheses == 0, braces == 0, startsDeclaration(lines[index]) {
        return nil
      }
      for character in lines[index] {
        if braces == 0 { parentheses += ["(": 1, ")": -1][character] ?? 0 }
        guard parentheses == 0 else { continue }
        braces += ["{": 1, "}": -1][character] ?? 0
        if braces == 0 && character == "}" { return index }
        if braces < 0 { return nil }
      }
    }
    return nil
  }

  private static func startsDeclaration(_ line: Substring) -> Bool {
    let word = line.split(separator: " ").first ?? "}"
    return declarationModifiers.contains(String(word)) || word.hasPrefix("@")
      || ["func", "init", "var", "let", "static", "subscript", "}", "associatedtype"].contains(word)
  }
}

/// Replaces comments and the content of string literals by blanks. Code inside an interpolation stays code.
private struct Blanker {
  private enum Mode {
    case code(parentheses: Int)
    case string(quote: String, hashes: String)
  }

  private let source: [Character]
  private var position = 0
  private var output: [Character] = []
  private var modes: [Mode] = [.code(parentheses: 0)]

  init(_ text: String) {
    source = Array(text)
    output.reserveCapacity(source.count)
  }

  mutating func run() -> String {
    while position < source.count {
      switch modes[modes.count - 1] {
      case .code(let parentheses): stepInCode(parentheses)
      case .string(let quote, let hashes): stepInString(quote, hashes)
      }
    }
    return String(output)
  }

  private mutating func stepInCode(_ parentheses: Int) {
    if at("//") { return blankLineComment() }
    if at("/*") { return blankBlockComment() }
    if source[position] == "\"" || source[position] == "#", let opening = literalOpening() {
      modes.append(.string(quote: opening.quote, hashes: opening.hashes))
      return blank(opening.hashes.count + opening.quote.count)
    }
    if modes.count > 1 {
      let depth = parentheses + (["(": 1, ")": -1][source[position]] ?? 0)
      if depth == 0 {
        modes.removeLast()
      } else {
        modes[modes.count - 1] = .code(parentheses: depth)
      }
    }
    output.append(source[position])
    position += 1
  }

  private mutating func stepInString(_ quote: String, _ hashes: String) {
    if at(quote + hashes) {
      modes.removeLast()
      return blank(quote.count + hashes.count)
    }
    if at("\\" + hashes + "(") {
      blank(1 + hashes.count)
      modes.append(.code(parentheses: 0))
      return
    }
    blank(at("\\" + hashes) ? 2 + hashes.count : 1)
  }

  private func literalOpening() -> (quote: String, hashes: String)? {
    let hashes = String(source[position...].prefix { $0 == "#" })
    let quotes = source[(position + hashes.count)...].prefix(3)
    guard quotes.first == "\"" else { return nil }
    let isLong = quotes.count == 3 && quotes.allSatisfy { $0 == "\"" }
    return (isLong ? "\"\"\"" : "\"", hashes)
  }

  private mutating func blankLineComment() {
    while position < source.count, source[position] != "\n" { blank(1) }
  }

  private mutating func blankBlockComment() {
    var depth = 0
    repeat {
      if at("/*") { depth += 1 }
      if at("*/") { depth -= 1 }
      blank(at("/*") || at("*/") ? 2 : 1)
    } while depth > 0 && position < source.count
  }

  private func at(_ text: String) -> Bool { source[position...].starts(with: text) }

  private mutating func blank(_ count: Int) {
    for _ in 0..<count where position < source.count {
      output.append(source[position] == "\n" ? "\n" : " ")
      position += 1
    }
  }
}
