// Tool.swift: programs of the machine that these tests call: compilers, nm, make, swift.

import Foundation

/// A program found on PATH.
struct Tool {
  var path: String

  struct Missing: Error { var name: String }

  struct Result {
    var code: Int32
    var output: String
    var errors: String
  }

  init?(_ name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let found else { return nil }
    path = found
  }

  static func require(_ name: String) throws -> Tool {
    guard let tool = Tool(name) else { throw Missing(name: name) }
    return tool
  }

  static func exists(_ name: String) -> Bool { Tool(name) != nil }

  /// Runs the program without input until it ends. Output goes through files, so that no pipe can fill up.
  @discardableResult
  func run(_ arguments: [String], in folder: URL? = nil) throws -> Result {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder ?? Repository.root
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try scratch.handle("out")
    process.standardError = try scratch.handle("err")
    try process.run()
    process.waitUntilExit()
    return Result(
      code: process.terminationStatus, output: try scratch.text("out"),
      errors: try scratch.text("err"))
  }
}

/// A folder that a test may fill and must remove.
struct Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "hone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }

  func handle(_ name: String) throws -> FileHandle {
    try Data().write(to: folder.appending(path: name))
    return try FileHandle(forWritingTo: folder.appending(path: name))
  }
}
