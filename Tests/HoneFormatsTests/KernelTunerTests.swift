// KernelTunerTests.swift: Kernel Tuner itself reads the caches that Hone writes, and its schema accepts our T4 files.

import Foundation
import HoneCore
import Testing

@testable import HoneFormats

/// A Python that has Kernel Tuner: `$HONE_KERNEL_TUNER_PYTHON`, else `python3`.
private enum KernelTuner {
  static let python = ProcessInfo.processInfo.environment["HONE_KERNEL_TUNER_PYTHON"] ?? "python3"
  static let isInstalled = (try? run("import kernel_tuner", []).code) == 0

  static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String)
  {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, "-c", program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  /// Replays the cache exhaustively; prints the best time in milliseconds and the number of results.
  static let replay = """
    import sys, kernel_tuner
    results, env = kernel_tuner.tune_cache(cache_path=sys.argv[1], strategy="brute_force", quiet=True)
    times = [r["time"] for r in results if "__error__" not in r]
    print("replayed", min(times), len(times))
    """

  static let validate = """
    import sys, json, jsonschema
    from kernel_tuner import file_utils
    version, schema = file_utils.output_file_schema("results")
    document = json.load(open(sys.argv[1], encoding="utf-8"))
    jsonschema.validate(document, schema)
    print("valid", version, len(document["results"]))
    """

  /// Its own T4 writer from our cache.
  static let convert = """
    import sys, json
    from kernel_tuner import util, file_utils
    cache = util.read_cache(sys.argv[1], open_cache=False)
    file_utils.store_output_file(sys.argv[2], list(cache["cache"].values()), cache["tune_params"])
    """
}

@Suite(
  .enabled(if: KernelTuner.isInstalled, "no Python with kernel_tuner (HONE_KERNEL_TUNER_PYTHON)"))
struct KernelTunerTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "hone-kt-\(UUID())")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ document: ForeignDocument) throws -> String {
    let path = folder.appending(path: document.name).path
    try Data(document.text.utf8).write(to: URL(filePath: path))
    return path
  }

  @Test("Kernel Tuner replays our cache and finds the same best time")
  func cache() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try write(try #require(try KernelTunerCache.write(OwnTable.oneProblem).first))
    let replayed = try KernelTuner.run(KernelTuner.replay, [path])
    #expect(replayed.code == 0)
    #expect(replayed.output.contains("replayed 1.2345 2"), "\(replayed.output)")
    let converted = folder.appending(path: "t4.json").path
    #expect(try KernelTuner.run(KernelTuner.convert, [path, converted]).code == 0)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: converted)))
    let table = try Formats.read(ForeignSource(name: converted, bytes: bytes))
    #expect(table.tool == "t4" && table.rows.count == 3)
    #expect(table.rows.compactMap(\.seconds).min() == 0.0012345)
  }

  @Test("Kernel Tuner's T4 schema accepts our files")
  func t4() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try write(try #require(try T4Results.write(OwnTable.oneProblem).first))
    let validated = try KernelTuner.run(KernelTuner.validate, [path])
    #expect(validated.code == 0 && validated.output == "valid 1.0.0 3\n")
  }
}
