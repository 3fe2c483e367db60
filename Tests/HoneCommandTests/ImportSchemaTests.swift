// ImportSchemaTests.swift: what `hone db import` makes of every format follows the JSON Schema, as an independent validator sees it.

import Foundation
import Testing

/// Python with the package `jsonschema`.
private enum Validator {
  static let isInstalled = (try? run(["-c", "import jsonschema"])) == ""

  /// Prints each document that does not follow its schema, and how many there are.
  static let program = """
    import glob, json, sys, jsonschema
    schemas, database = sys.argv[1:]
    count = 0
    for name, pattern in (("record", "journal/*.jsonl"), ("best", "best.json"), ("host", "host.json")):
        check = jsonschema.Draft202012Validator(json.load(open(f"{schemas}/{name}.json", encoding="utf-8")))
        for path in glob.glob(f"{database}/hosts/*/{pattern}"):
            text = open(path, encoding="utf-8").read()
            for document in text.splitlines() if path.endswith("l") else [text]:
                count += 1
                for error in check.iter_errors(json.loads(document)):
                    print(path, error.json_path, error.message[:200])
    print(count, "documents")
    """

  /// Standard output and errors; what it says where it fails is no empty text.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self)
  }
}

@Suite(.enabled(if: Validator.isInstalled, "python3 has no package jsonschema here"))
struct ImportSchemaTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test("records and tables of imports from all formats are sound")
  func imports() throws {
    let folder = try HoneProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let fixtures = Self.root.appending(path: "Tests/HoneFormatsTests/Fixtures")
    let files = try FileManager.default.contentsOfDirectory(atPath: fixtures.path).sorted()
    var imported = 0
    for file in files {
      let result = try HoneProcess.run(
        "db", "import", fixtures.appending(path: file).path, "--db", "db", in: folder,
        environment: ["HOME": folder.path, "XDG_STATE_HOME": folder.path])
      // Choices without a time are no records.
      #expect(result.code == 0 || result.code == 1, "\(file): \(result.errors)")
      imported += result.code == 0 ? 1 : 0
    }
    #expect(imported >= 5)
    let schemas = Self.root.appending(path: "tuning-db/schema/v1").path
    let said = try Validator.run([
      "-c", Validator.program, schemas, folder.appending(path: "db").path,
    ])
    let lines = said.split(separator: "\n")
    #expect(lines.count == 1, "\(said)")
    let count = lines.last.flatMap { Int($0.split(separator: " ")[0]) }
    #expect((count ?? 0) > 10, "\(said)")
  }
}
