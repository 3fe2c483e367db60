// HTMLText.swift: a page being written: markup as it is, everything else escaped.

struct HTMLText {
  private(set) var result = ""

  /// Markup of this module's own.
  mutating func raw(_ markup: String) { result += markup }

  /// Text from anywhere, safe between tags and in attributes within double quotes.
  mutating func text(_ text: String) { result += Self.escaped(text) }

  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { special.contains($0) || $0 < 0x20 }) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // Control characters may not stand in a page at all.
      case "\u{0}"..<"\u{20}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  private static let special = Set("&<>\"'".utf8)
}
