// Layout.swift: where things stand inside a database folder.

/// ```
/// DB/hosts/<hardware class>/host.json
/// DB/hosts/<hardware class>/journal/<host id>-<n>.jsonl
/// DB/hosts/<hardware class>/best.json
/// ```
struct Layout {
  var root: String

  var hosts: String { "\(root)/hosts" }
  func folder(_ hardwareClass: String) -> String { "\(hosts)/\(hardwareClass)" }
  func hostDocument(_ hardwareClass: String) -> String { "\(folder(hardwareClass))/host.json" }
  func best(_ hardwareClass: String) -> String { "\(folder(hardwareClass))/best.json" }
  func journals(_ hardwareClass: String) -> String { "\(folder(hardwareClass))/journal" }
  func journal(_ hardwareClass: String, host: String, number: Int) -> String {
    "\(journals(hardwareClass))/\(host)-\(number).jsonl"
  }

  static let journalSuffix = ".jsonl"

  /// Words that may be names of folders and files: letters, digits, `.`, `_`, `+`, `-`, and not beginning with a dot.
  static func isName(_ text: String) -> Bool {
    let allowed = text.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: ".-_+".utf8.contains($0)
      }
    }
    return allowed && !text.isEmpty && !text.hasPrefix(".") && text.utf8.count <= 200
  }
}
