// FileOutput.swift: files that people name on the command line, with errors that say what to do.

internal import FoundationEssentials
internal import HoneCore

enum FileOutput {
  /// Makes the folder, and replaces the file as a whole.
  static func write(_ text: String, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url, options: .atomic)
    } catch {
      throw HoneError(
        .unusableData, "the file \(path) cannot be written",
        advice: "Check the folder, its permissions and the free space.", context: ["path": path])
    }
  }

  static func read(_ path: String) throws -> [UInt8] {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      throw HoneError(
        .unusableData, "the file \(path) cannot be read",
        advice: "Give the path of a file.", context: ["path": path])
    }
    return [UInt8](data)
  }
}
