// GoldenFile.swift: outputs as they were looked at and found good; HONE_GOLDEN=update writes them anew, to be looked at again.

import Foundation
import Testing

enum GoldenFile {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")

  static func check(
    _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appending(path: name)
    if ProcessInfo.processInfo.environment["HONE_GOLDEN"] == "update" {
      try Data(text.utf8).write(to: file)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    let difference = zip(text.split(separator: "\n"), expected.split(separator: "\n"))
      .first { $0 != $1 }
    #expect(
      text == expected,
      "\(name): '\(difference?.0 ?? "length")' instead of '\(difference?.1 ?? "")'",
      sourceLocation: sourceLocation)
  }
}
