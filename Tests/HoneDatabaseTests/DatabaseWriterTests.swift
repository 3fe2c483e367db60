// DatabaseWriterTests.swift: what was acknowledged is there, whoever else writes and whatever the file system says.

import FoundationEssentials
import Glibc
import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct DatabaseWriterTests {
  private let folder = TemporaryFolder()

  @Test("what was appended is read back, in one journal, with best.json derived from it")
  func appends() throws {
    let writer = try Sample.writer(folder)
    let id = try writer.append(Sample.served())
    try writer.append(Sample.served())
    try writer.refreshBest()
    let database = try Database(path: folder.path)
    #expect(database.classes.map(\.name) == [Sample.hardwareClass])
    #expect(database.classes[0].records.map(\.id) == [id], "the same record twice is one record")
    #expect(database.record(id: id)?.record == Sample.served())
    #expect(database.findings.isEmpty)
    #expect(try folder.read("hosts/\(Sample.hardwareClass)/best.json").isEmpty == false)
  }

  @Test("several writers at once have a journal each, and a later one takes a free one again")
  func manyWriters() throws {
    do {
      let writers = try (0..<3).map { _ in try Sample.writer(folder) }
      #expect(Set(writers.map(\.journalPath)).count == 3)
      for (index, writer) in writers.enumerated() {
        try writer.append(Sample.served(configuration: Sample.configuration(kc: index)))
      }
    }
    let later = try Sample.writer(folder)
    #expect(later.journalPath.hasSuffix("\(Sample.host)-1.jsonl"))
    #expect(try Database(path: folder.path).classes[0].records.count == 3)
  }

  @Test("threads may share a writer")
  func threads() async throws {
    let writer = try Sample.writer(folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for step in 0..<10 {
            let configuration = Sample.configuration(kc: 100 * task + step)
            var record = Sample.served(configuration: configuration)
            (record.stage, record.served, record.comparisons) = (.screen, false, [])
            try writer.append(record)
          }
        }
      }
      try await group.waitForAll()
    }
    let database = try Database(path: folder.path)
    #expect(database.findings.isEmpty && database.classes[0].records.count == 40)
  }

  @Test("a torn tail is cut when the journal is opened, and said")
  func tornTail() throws {
    let line = try StoredRecord(Sample.served()).line
    let next = try StoredRecord(Sample.served(configuration: Sample.configuration(kc: 1))).line
    _ = try folder.write(Sample.journalName(), line + next.dropLast(5))
    #expect(try Database(path: folder.path).findings.map(\.severity) == [.note])
    let writer = try Sample.writer(folder)
    #expect(writer.findings.count == 1)
    #expect(try folder.read(Sample.journalName()) == Array(line.utf8))
    try writer.append(Sample.served(configuration: Sample.configuration(kc: 2)))
    let database = try Database(path: folder.path)
    #expect(database.findings.isEmpty && database.classes[0].records.count == 2)
  }

  @Test("a last line that lacks only its line break is completed, not cut")
  func missingLineBreak() throws {
    let line = try StoredRecord(Sample.served()).line
    _ = try folder.write(Sample.journalName(), String(line.dropLast()))
    let writer = try Sample.writer(folder)
    #expect(writer.findings.isEmpty)
    #expect(try folder.read(Sample.journalName()) == Array(line.utf8))
  }

  @Test("a record that contradicts itself is refused, and the journal stays as it was")
  func refusesNonsense() throws {
    let writer = try Sample.writer(folder)
    var record = Sample.served()
    record.proof?.error = 2
    #expect(throws: HoneError.self) { try writer.append(record) }
    record = Sample.served(provenance: Sample.provenance(host: "another"))
    #expect(throws: HoneError.self) { try writer.append(record) }
    #expect(try folder.read(Sample.journalName()).isEmpty)
  }

  @Test(
    "names that would leave the folder are refused",
    arguments: ["", "..", ".hidden", "a/b", "a b", "ä", String(repeating: "a", count: 201)])
  func names(_ name: String) {
    let error = #expect(throws: HoneError.self) {
      try DatabaseWriter(path: folder.path, hardwareClass: name, host: Sample.host)
    }
    #expect(error?.code == .usage)
  }

  @Test("a path that is a file is a clear error for writers and readers")
  func pathIsFile() throws {
    let file = try folder.write("file", "text")
    for path in [file, "\(file)/below"] {
      let error = #expect(throws: HoneError.self) {
        try DatabaseWriter(path: path, hardwareClass: Sample.hardwareClass, host: Sample.host)
      }
      #expect(error?.message.contains(file) == true && error?.advice.contains("--db") == true)
      #expect(throws: HoneError.self) { try Database(path: path) }
    }
    #expect(try folder.read("file") == Array("text".utf8))
  }

  @Test("a database that does not exist is a clear error")
  func missingDatabase() {
    let error = #expect(throws: HoneError.self) { try Database(path: "\(folder.path)/none") }
    #expect(error?.advice.contains("hone tune") == true)
  }

  @Test(
    "a read-only folder is a clear error, and reading it works",
    .enabled(if: getuid() != 0, "root may write everywhere"))
  func readOnly() throws {
    _ = try folder.write(Sample.journalName(), try Sample.journal([Sample.served()]))
    let journals = "\(folder.path)/hosts/\(Sample.hardwareClass)/journal"
    chmod(journals, 0o555)
    chmod("\(folder.path)/\(Sample.journalName())", 0o444)
    defer { chmod(journals, 0o755) }
    let error = #expect(throws: HoneError.self) { try Sample.writer(folder) }
    #expect(error?.message.contains(journals) == true)
    #expect(try Database(path: folder.path).classes[0].records.count == 1)
  }

  @Test(
    "a full device is a clear error and leaves no half file behind",
    .enabled(if: access("/dev/full", W_OK) == 0, "there is no /dev/full here"))
  func fullDevice() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    defer { close(descriptor) }
    let error = #expect(throws: HoneError.self) {
      try Files.append([1, 2, 3], to: descriptor, path: "journal")
    }
    #expect(error?.message.contains("No space") == true && error?.advice.contains("kept") == true)
  }

  @Test("host.json is replaced as a whole, and keeps limits that are not measured anew")
  func hostDocument() throws {
    let writer = try Sample.writer(folder)
    let limit = HostLimit(
      name: "peak.f32", cores: 1, unit: "flop/s", value: 8e10,
      interval: Interval(low: 7.9e10, high: 8.1e10))
    let limits = HostLimits(limits: [limit], time: "2026-01-01T00:00:00Z")
    let hardware = JSONValue.object(["isa": .string("x86v3"), "cores": .integer(2)])
    try writer.writeHost(hardware: hardware, limits: limits, tool: "hone 0.1.0")
    try writer.writeHost(hardware: hardware, limits: nil, tool: "hone 0.2.0")
    let host = try #require(try Database(path: folder.path)[Sample.hardwareClass]?.host)
    #expect(host.limits == limits && host.hardware == hardware && host.tool == "hone 0.2.0")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: "\(folder.path)/hosts/\(Sample.hardwareClass)")
    #expect(names.sorted() == ["host.json", "journal"], "no temporary file is left")
  }

  @Test("a host.json that cannot be used is a finding, and the records are still there")
  func brokenHostDocument() throws {
    _ = try folder.write(Sample.journalName(), try Sample.journal([Sample.served()]))
    for text in ["", "{", "{\"schema\":\"hone.host/7\"}", "[]"] {
      _ = try folder.write("hosts/\(Sample.hardwareClass)/host.json", text)
      let database = try Database(path: folder.path)
      #expect(database.classes[0].records.count == 1)
      #expect(database.findings.map(\.severity) == [.error])
    }
  }
}
