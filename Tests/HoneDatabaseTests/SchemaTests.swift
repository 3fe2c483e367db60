// SchemaTests.swift: the JSON Schema files agree with what is written, checked by an independent validator.

import Foundation
import HoneCore
import Testing

@testable import HoneDatabase

/// Python with the package `jsonschema`.
private enum Validator {
  static let isInstalled = (try? run(["-c", "import jsonschema"])) == 0

  private static let program = """
    import json, sys, jsonschema
    schema = json.load(open(sys.argv[1], encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    def is_valid(path):
        text = open(path, encoding="utf-8").read()
        documents = text.splitlines() if path.endswith(".jsonl") else [text]
        return all(check.is_valid(json.loads(d)) for d in documents)
    sys.exit(sum(is_valid(path) for path in sys.argv[2:]))
    """

  /// How many of the files hold documents of that schema.
  static func accepted(_ files: [String], _ schema: String) throws -> Int32 {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = root.appending(path: "tuning-db/schema/v1/\(schema).json").path
    return try run(["-c", program, path] + files)
  }

  private static func run(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}

@Suite(.enabled(if: Validator.isInstalled, "python3 has no package jsonschema here"))
struct SchemaTests {
  private let folder = TemporaryFolder()

  @Test("journals, best.json and host.json follow their schemas")
  func documents() throws {
    let writer = try Sample.writer(folder)
    var generator = SeededGenerator(seed: 19)
    for _ in 0..<30 { try writer.append(Sample.random(&generator)) }
    try writer.append(Sample.served())
    try writer.refreshBest()
    let limit = HostLimit(
      name: "peak.f32", cores: 1, unit: "flop/s", value: 8e10,
      interval: Interval(low: 7.9e10, high: 8.1e10))
    try writer.writeHost(
      hardware: .object([:]), limits: HostLimits(limits: [limit], time: "2026-01-01T00:00:00Z"),
      tool: "hone 0.1.0")
    let hosts = "\(folder.path)/hosts/\(Sample.hardwareClass)"
    #expect(try Validator.accepted([writer.journalPath], "record") == 1)
    #expect(try Validator.accepted(["\(hosts)/host.json", "\(hosts)/best.json"], "best") == 1)
    #expect(try Validator.accepted(["\(hosts)/host.json"], "host") == 1)
  }

  @Test("the schema of records refuses contradictions too")
  func contradictions() throws {
    let damages: [(inout Record) -> Void] = [
      { $0.comparisons[0].interval.low = 1 }, { $0.comparisons[1].verdict = .slower },
      { $0.proof = nil }, { $0.outcome = .failed }, { $0.stage = .screen }, { $0.cores = 0 },
      { $0.provenance.time = "yesterday" }, { $0.measurement?.samples = [] },
    ]
    let files = try damages.enumerated().map { index, damage in
      var record = Sample.served()
      damage(&record)
      return try folder.write("\(index).jsonl", try Sample.journal([record]))
    }
    let sound = try folder.write("sound.jsonl", try Sample.journal([Sample.served()]))
    #expect(try Validator.accepted(files, "record") == 0)
    #expect(try Validator.accepted(files + [sound], "record") == 1)
  }

  @Test("what two schemas say about the same thing is the same")
  func sharedDefinitions() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var seen: [String: JSONValue] = [:]
    for name in ["record", "best", "host"] {
      let path = root.appending(path: "tuning-db/schema/v1/\(name).json").path
      let bytes = try #require(try Files.read(path))
      let definitions = try #require(try JSONValue(parsing: bytes)["$defs"]?.object)
      for (key, value) in definitions {
        #expect(seen[key] ?? value == value, "\(name) says something else about \(key)")
        seen[key] = value
      }
    }
    #expect(seen.count > 5)
  }
}
