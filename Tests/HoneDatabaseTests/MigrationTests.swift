// MigrationTests.swift: older records are brought up step by step, newer ones are refused; with a step of the test's own, as there is one version.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct MigrationTests {
  private let folder = TemporaryFolder()

  /// Version 2 calls the core count `budget.cores`, and back: decoding needs version 1's names, so the step only adds.
  private static let toSecond = RecordMigration(
    steps: [1: { $0.setting("epoch", to: .integer(2)) }], newest: 2)

  @Test("there is one version, and nothing to migrate")
  func current() throws {
    _ = try folder.write(Sample.journalName(), try Sample.journal([Sample.served()]))
    let bytes = try folder.read(Sample.journalName())
    #expect(
      try Database.migrate(path: folder.path)
        == MigrationReport(version: 1, current: 1, migrated: 0))
    #expect(try folder.read(Sample.journalName()) == bytes)
  }

  @Test("an older record is read, and rewritten with a new id and all its fields")
  func older() throws {
    let json = try StoredRecord(Sample.served()).json.setting("weather", to: .string("rain"))
    let body = json.setting("id", to: nil)
    let line = body.setting("id", to: .string(ContentAddress.of(body.canonical))).canonical
    _ = try folder.write(Sample.journalName(), line + "\n")
    let read = try StoredRecord(line: line.utf8, Self.toSecond)
    #expect(read.isMigrated && read.record == Sample.served())
    let dry = try Database.migrate(path: folder.path, isDry: true, by: Self.toSecond)
    #expect(dry == MigrationReport(version: 2, current: 0, migrated: 1))
    #expect(try folder.read(Sample.journalName()) == Array((line + "\n").utf8))
    _ = try Database.migrate(path: folder.path, isDry: false, by: Self.toSecond)
    let text = String(decoding: try folder.read(Sample.journalName()), as: UTF8.self)
    let migrated = try JSONValue(parsing: Array(text.utf8))
    #expect(migrated["schema"]?.string == "hone.record/2" && migrated["epoch"] == .integer(2))
    #expect(migrated["weather"]?.string == "rain")
    #expect(migrated["id"]?.string == ContentAddress.of(migrated.setting("id", to: nil).canonical))
    let again = try Database.migrate(path: folder.path, isDry: false, by: Self.toSecond)
    #expect(again == MigrationReport(version: 2, current: 1, migrated: 0))
    // For the version that we are, it is now a newer one.
    let refused = #expect(throws: HoneError.self) { _ = try Database.migrate(path: folder.path) }
    #expect(refused?.message.contains("newer Hone") == true && refused?.code == .unusableData)
  }

  @Test("a version without a way here is refused with a clear word")
  func noWay() throws {
    let text = try StoredRecord(Sample.served()).text.replacing(
      "hone.record/1", with: "hone.record/0")
    let json = try JSONValue(parsing: Array(text.utf8)).setting("id", to: nil)
    let line = json.setting("id", to: .string(ContentAddress.of(json.canonical))).canonical
    #expect(throws: StoredRecord.LineError.self) { _ = try StoredRecord(line: line.utf8) }
    let journal = Journal(path: "j", bytes: Array((line + "\n").utf8))
    #expect(journal.records.isEmpty)
    #expect(journal.findings.map(\.message) == ["there is no version 0 of records"])
  }
}
