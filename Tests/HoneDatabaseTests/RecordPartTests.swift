// RecordPartTests.swift: a part of a database serves what the whole of it serves, and keeps what was asked for.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite("Parts of databases")
struct RecordPartTests {
  static func written(_ extra: String = "") throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    var generator = SeededGenerator(seed: 4)
    let records = (0..<200).map { _ in Sample.random(&generator) }
    _ = try folder.write(Sample.journalName(), try Sample.journal(records) + extra)
    return folder
  }

  @Test(
    "what is served is the same, whatever part is read",
    arguments: [RecordPart.served, .finals, .all])
  func sameWinners(part: RecordPart) throws {
    let folder = try Self.written()
    let whole = try Database(path: folder.path)
    let some = try Database(path: folder.path, part: part)
    #expect(some.classes.map(\.best) == whole.classes.map(\.best) && !whole.classes[0].best.isEmpty)
    let wanted = whole.classes[0].records.filter {
      part == .all || (part == .finals && $0.record.stage == .final) || $0.record.served
    }
    #expect(some.classes[0].records.map(\.id) == wanted.map(\.id))
  }

  @Test("damage is found on its line; a torn tail is one still")
  func damage() throws {
    let folder = try Self.written("no record\n{\"torn")
    let some = try Database(path: folder.path, part: .served)
    #expect(some.findings.map(\.line) == [201, 202])
    #expect(some.findings.map(\.severity) == [.error, .note])
  }

  @Test("lines of other writers are parsed, not skipped by their look")
  func foreignLines() throws {
    let folder = TemporaryFolder()
    let record = try StoredRecord(Sample.served())
    let spaced = record.text.replacing("\"served\":true", with: "\"served\" : true")
    _ = try folder.write(Sample.journalName(), spaced + "\r\n")
    let some = try Database(path: folder.path, part: .served)
    #expect(some.classes[0].best.count == 1)
  }

  @Test("a database that is not there is said so, and sizes are those of the journals")
  func missing() throws {
    #expect(throws: HoneError.self) { try Database(path: "/nowhere/at/all", part: .served) }
    let folder = try Self.written()
    #expect(try Database.journalBytes(path: folder.path) == folder.read(Sample.journalName()).count)
  }
}
