// HoneProcess.swift: runs the built `hone` as a process of its own, as people do.

import Foundation

/// A run of the command that stands beside this test.
final class HoneProcess {
  struct Result {
    var code: Int32
    var output: String
    var errors: String
  }

  let process = Process()
  private let folder: URL

  /// - Parameter folder: the working folder; what the command prints goes to files in it.
  init(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program: String = "hone"
  ) throws {
    self.folder = folder
    let beside = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    process.executableURL = beside.appending(path: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try handle("out")
    process.standardError = try handle("err")
    try process.run()
  }

  func result() throws -> Result {
    process.waitUntilExit()
    return Result(code: process.terminationStatus, output: try text("out"), errors: try text("err"))
  }

  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func interrupt() { Glibc.kill(process.processIdentifier, SIGINT) }

  static func run(
    _ arguments: String..., in folder: URL, environment: [String: String] = [:]
  ) throws -> Result {
    try HoneProcess(arguments, in: folder, environment: environment).result()
  }

  static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hone-e2e-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private func handle(_ name: String) throws -> FileHandle {
    let file = folder.appending(path: name)
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }
}
