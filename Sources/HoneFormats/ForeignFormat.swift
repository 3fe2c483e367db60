// ForeignFormat.swift: what a format of another tool must do here: say its name, read, write.

internal import HoneCore

public protocol ForeignFormat: Sendable {
  /// What people type: "kernel-tuner".
  static var name: String { get }
  static var summary: String { get }
  /// Without a dot.
  static var fileExtension: String { get }
}

public protocol ForeignReader: ForeignFormat {
  /// Does the file look like this format? Looks at the beginning and the name only; what is broken in it `read` says.
  static func recognises(_ source: ForeignSource) -> Bool

  /// - Throws: `HoneError` that names the line. Never traps, whatever the bytes are.
  static func read(_ source: ForeignSource) throws -> ForeignTable
}

public protocol ForeignWriter: ForeignFormat {
  /// Does a file hold only what is used, one configuration a problem? Else everything that was tried.
  static var wantsServed: Bool { get }

  /// As many files as the format needs, in the order of the table's problems; none where the table has no rows.
  static func write(_ table: ForeignTable) throws -> [ForeignDocument]
}

/// A file to be written.
public struct ForeignDocument: Hashable, Sendable {
  /// Without folder, with extension. Some formats say part of their content in it.
  public var name: String
  public var text: String
  /// What the table says that this format cannot, each in a sentence.
  public var notExpressed: [String]

  init(name: String, text: String, notExpressed: [String]) {
    self.name = name
    self.text = text
    self.notExpressed = notExpressed
  }
}

extension ForeignWriter {
  public static var wantsServed: Bool { false }

  /// "gemm-f32-512-512-512.json", numbered where two problems would get the same.
  static func fileName(_ problem: ForeignProblem?, among taken: Set<String> = []) -> String {
    let words = problem.map { [$0.kernel] + $0.fields.map(\.value.plain) } ?? [name]
    let joined = words.joined(separator: "-").map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber || "._".contains(character))
        ? character : "-"
    }
    let base = joined.isEmpty ? name : String(joined.prefix(120))
    var candidate = "\(base).\(fileExtension)"
    var number = 2
    while taken.contains(candidate) {
      candidate = "\(base)-\(number).\(fileExtension)"
      number += 1
    }
    return candidate
  }
}
