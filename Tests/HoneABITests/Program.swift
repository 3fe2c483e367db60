// Program.swift: compiles C and C++ fixtures against libhone and runs them as processes of their own.

import Foundation

/// A folder that goes with its owner.
final class Scratch: Sendable {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.path + "/hone-abi-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws -> String {
    let file = "\(path)/\(name)"
    let folder = URL(filePath: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}

/// What a process printed and how it ended.
struct Run {
  var code: Int32
  var output: String
  var errors: String

  /// Runs a program found on PATH, or by its path.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    in folder: String = Repository.root
  ) throws {
    let scratch = Scratch()
    let process = Process()
    let path = program.contains("/") ? program : Repository.tool(program) ?? "/nowhere/\(program)"
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let files = try ["out", "err"].map { try scratch.write($0, "") }
    process.standardOutput = FileHandle(forWritingAtPath: files[0])
    process.standardError = FileHandle(forWritingAtPath: files[1])
    try process.run()
    process.waitUntilExit()
    code = process.terminationStatus
    output = try String(contentsOfFile: files[0], encoding: .utf8)
    errors = try String(contentsOfFile: files[1], encoding: .utf8)
  }

  /// For the message of a failed test.
  var story: String { "exit code \(code)\n\(output)\n\(errors)" }
}

enum Repository {
  static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  /// Where the tests were built, and with them the engine and the kernel libraries.
  static let products: String = {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let beside = program.deletingLastPathComponent().path
    let isHere = FileManager.default.fileExists(atPath: "\(beside)/libhone-engine.so")
    return isHere ? beside : "\(root)/.build/debug"
  }()

  static func fixture(_ name: String) -> String { "\(root)/Tests/HoneABITests/Fixtures/\(name)" }

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }

  static func tool(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  static let hasCompilers = tool("cc") != nil && tool("c++") != nil
}

/// libhone.so as `make libhone` builds it, made once for all tests of the process; and programs linked with it.
enum LibHone {
  static let strict = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
  static let include = ["-I", "\(Repository.root)/CShims/CHone/include"]
  static let internals = ["-I", "\(Repository.root)/CShims/CHoneKernel/include"]

  struct Failure: Error { var story: String }

  static let sources: [String] = {
    let folder = "\(Repository.root)/CShims/CHone"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".c") }.sorted().map { "\(folder)/\($0)" }
  }()

  /// For all tests of the process, so nothing lets go of it.
  private static let folder: Scratch = {
    let folder = Scratch()
    atexit { try? FileManager.default.removeItem(atPath: LibHone.folder.path) }
    return folder
  }()

  /// The folder with libhone.so; the engine and the kernels are linked into it.
  static let shared = Result { () throws -> String in
    let make = try Run("make", ["--no-print-directory", "libhone", "BUILD=\(folder.path)"])
    guard make.code == 0 else { throw Failure(story: make.story) }
    let files = try FileManager.default.contentsOfDirectory(atPath: Repository.products)
    for file in files where file.hasPrefix("libhone-") && file.hasSuffix(".so") {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(file)", withDestinationPath: "\(Repository.products)/\(file)")
    }
    return folder.path
  }

  /// Compiles a fixture and links it with libhone.so.
  static func program(
    _ source: String, compiler: String = "cc", standard: String = "c99", into scratch: Scratch
  ) throws -> String {
    let library = try shared.get()
    let program = "\(scratch.path)/program"
    let compile = try Run(
      compiler,
      strict + include + ["-std=\(standard)", "-g", "-O1", source, "-o", program]
        + ["-L\(library)", "-lhone", "-lm", "-lpthread", "-Wl,-rpath,\(library)"])
    guard compile.code == 0 else { throw Failure(story: compile.story) }
    return program
  }

  /// libhone.so under sanitizers, made once each; the engine, which is Swift, stays as it is.
  private static let sanitizedLibraries = [
    "address,undefined": Result { try sanitizedLibrary("address,undefined") },
    "thread": Result { try sanitizedLibrary("thread") },
  ]

  private static func flags(_ sanitizers: String) -> [String] {
    ["-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=\(sanitizers)"]
      + ["-fno-sanitize-recover=all"]
  }

  private static func sanitizedLibrary(_ sanitizers: String) throws -> String {
    let name = sanitizers.split(separator: ",")[0]
    let path = "\(folder.path)/sanitized-\(name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let compile = try Run(
      "cc",
      include + internals + flags(sanitizers) + ["-std=c11", "-fPIC", "-shared"] + sources
        + ["-o", "\(path)/libhone.so", "-lm", "-lpthread", "-ldl"])
    guard compile.code == 0 else { throw Failure(story: compile.story) }
    return path
  }

  /// Compiles a fixture under a sanitizer and links it with a libhone that is under it too.
  static func sanitized(_ source: String, _ sanitizers: String, into scratch: Scratch) throws
    -> String
  {
    guard let library = try sanitizedLibraries[sanitizers]?.get() else {
      throw Failure(story: "no libhone under \(sanitizers)")
    }
    let program = "\(scratch.path)/sanitized"
    let compile = try Run(
      "cc",
      include + flags(sanitizers) + ["-std=c99", source, "-o", program, "-L\(library)", "-lhone"]
        + ["-lm", "-lpthread", "-Wl,-rpath,\(library)"])
    guard compile.code == 0 else { throw Failure(story: compile.story) }
    return program
  }
}
