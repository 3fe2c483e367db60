// BestTableTests.swift: best.json has the same bytes whoever derives it, and what a plain reader needs.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct BestTableTests {
  private let name = "hosts/\(Sample.hardwareClass)/best.json"

  private func records() throws -> [Record] {
    var generator = SeededGenerator(seed: 11)
    return (0..<60).map { _ in Sample.random(&generator) }
  }

  @Test("the same records in other journals and another order give the same bytes")
  func determinism() throws {
    let records = try records()
    let (one, two) = (TemporaryFolder(), TemporaryFolder())
    _ = try one.write(Sample.journalName(), try Sample.journal(records))
    let half = Array(records.reversed())
    _ = try two.write(Sample.journalName(3), try Sample.journal(Array(half.prefix(31))))
    _ = try two.write(Sample.journalName(12), try Sample.journal(Array(half.dropFirst(25))))
    let paths = try [one, two].map { try Database.rebuild(path: $0.path) }
    #expect(paths[0].count == 1)
    let bytes = try one.read(name)
    #expect(try two.read(name) == bytes)
    _ = try Database.rebuild(path: one.path)
    #expect(try one.read(name) == bytes)
    #expect(bytes.count > 1000)
  }

  @Test("a row has what a plain JSON reader needs, on a line of its own")
  func content() throws {
    let folder = TemporaryFolder()
    let writer = try Sample.writer(folder)
    let id = try writer.append(Sample.served())
    try writer.append(Sample.served(Sample.problem(m: 3)))
    try writer.refreshBest()
    let bytes = try folder.read(name)
    #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 4)
    let table = try JSONValue(parsing: bytes)
    #expect(table["schema"] == .string("hone.best/1"))
    #expect(table["hardwareClass"] == .string(Sample.hardwareClass))
    let rows = try #require(table["rows"]?.array)
    #expect(rows.count == 2)
    let row = rows[1]["record"] == .string(id) ? rows[1] : rows[0]
    #expect(row["record"] == .string(id))
    #expect(row["grade"] == .string("exact") && row["policy"] == .string("warm"))
    #expect(row["seconds"] == .number("0.001") && row["cores"] == .number("2"))
    #expect(row["againstDefault"]?["verdict"] == .string("faster"))
    #expect(row["others"]?.array?.first?["role"] == .string("best-of:openblas"))
    #expect(row["configuration"]?["parameters"]?["threads"] == .number("1"))
  }

  @Test("with records of a newer Hone in the journals the table is left as it is")
  func newerRecords() throws {
    let folder = TemporaryFolder()
    let newer = try StoredRecord(Sample.served()).json
      .setting("schema", to: .string("hone.record/2")).canonical
    _ = try folder.write(Sample.journalName(), newer + "\n")
    _ = try folder.write(name, "derived by a newer Hone")
    let error = #expect(throws: HoneError.self) { try Database.rebuild(path: folder.path) }
    #expect(error?.advice.contains("Update") == true)
    #expect(try folder.read(name) == Array("derived by a newer Hone".utf8))
  }
}
