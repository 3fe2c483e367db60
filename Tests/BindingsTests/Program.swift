// Program.swift: programs that these tests start, and the files that they build and find.

import Foundation

/// A program of the machine or of this build.
struct Program {
  var path: String

  struct Missing: Error, CustomStringConvertible {
    var description: String
  }

  struct Result {
    var code: Int32
    var output: String
    var errors: String
  }

  /// A program found on PATH.
  init?(named name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let found else { return nil }
    path = found
  }

  init(_ path: String) { self.path = path }

  static let compiler = Program(named: "cc")

  /// Starts the program without input and without Hone's own variables, and waits until it ends.
  func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Result {
    let scratch = try Scratch()
    let process = try start(arguments, environment, in: scratch)
    process.waitUntilExit()
    return Result(
      code: process.terminationStatus, output: try scratch.text("out"),
      errors: try scratch.text("err"))
  }

  /// Output goes into files of `scratch`, so that no pipe can fill up.
  func start(
    _ arguments: [String], _ environment: [String: String], in scratch: Scratch
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = Build.root
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("HONE_") && $0.key != "LD_PRELOAD" && !$0.key.hasSuffix("_NUM_THREADS")
    }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try scratch.handle("out")
    process.standardError = try scratch.handle("err")
    try process.run()
    return process
  }
}

/// A folder that is removed when it is no longer used.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "hone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }

  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  func handle(_ name: String) throws -> FileHandle {
    try Data().write(to: folder.appending(path: name))
    return try FileHandle(forWritingTo: folder.appending(path: name))
  }
}

/// What was built with these tests.
enum Build {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The folder of the products.
  static let folder: URL = {
    let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: executable ?? "/").deletingLastPathComponent()
  }()

  static func product(_ name: String) -> String { folder.appending(path: name).path }

  static func source(_ path: String) -> String { root.appending(path: path).path }
}
