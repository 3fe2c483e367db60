// ForeignProgram.swift: programs of others that read what reports write: found or the test is skipped.

import Foundation

enum ForeignProgram {
  /// The first of `names` on the path, or as a file.
  static func find(_ names: [String]) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for name in names {
      let candidates =
        name.contains("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
      if let found = candidates.first(where: FileManager.default.isReadableFile) { return found }
    }
    return nil
  }

  /// Does this Python have these modules?
  static func pythonHas(_ modules: [String]) -> Bool {
    guard
      let result = try? run(
        "python3", ["-c", modules.map { "import \($0)" }.joined(separator: "\n")])
    else { return false }
    return result.code == 0
  }

  static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String)
  {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  /// A file with that text, for as long as `body` runs.
  static func with<Result>(
    _ texts: [String: String], _ body: (URL) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in texts { try Data(text.utf8).write(to: folder.appending(path: name)) }
    return try body(folder)
  }
}
