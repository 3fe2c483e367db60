// StoredRecordTests.swift: a line of a journal is the record, the whole record, and its checksum.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct StoredRecordTests {
  @Test("a record reads back as itself, also with a NaN in its proof")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<100 {
      let stored = try StoredRecord(Sample.random(&generator))
      let again = try StoredRecord(line: stored.line.utf8.dropLast())
      #expect(again.id == stored.id && again.line == stored.line)
      if stored.record.outcome != .wrong {
        #expect(again.record == stored.record)
      } else {
        #expect(again.record.proof?.error.isNaN == true)
        #expect(again.record.detail == stored.record.detail)
      }
    }
  }

  @Test("equal records have equal ids, and any changed character of a line is noticed")
  func identity() throws {
    let stored = try StoredRecord(Sample.served())
    #expect(try StoredRecord(Sample.served()).id == stored.id)
    let line = Array(stored.line.utf8.dropLast())
    for index in line.indices {
      var damaged = line
      damaged[index] ^= 1
      #expect(throws: StoredRecord.LineError.self) { try StoredRecord(line: damaged) }
    }
  }

  @Test("the id is the hash of the line without the member id, so that any program can check it")
  func independentCheck() throws {
    let stored = try StoredRecord(Sample.served())
    let body = stored.line.replacing("\"id\":\"\(stored.id)\",", with: "").dropLast()
    #expect(ContentAddress.of(String(body)) == stored.id)
  }

  @Test("the same JSON written another way is the same record, and moves on as canonical JSON")
  func otherSpelling() throws {
    let stored = try StoredRecord(Sample.served())
    let spelled = stored.text.replacing("\",\"", with: "\" ,\t\"").replacing(
      "gemm", with: "\\u0067emm")
    #expect(spelled != stored.text)
    #expect(try StoredRecord(line: spelled.utf8) == stored)
  }

  @Test("fields that this version does not know survive")
  func unknownFields() throws {
    let future = try StoredRecord(Sample.served()).json
      .setting("energy", to: .object(["joules": .number("1.50")])).setting("id", to: nil)
    let id = ContentAddress.of(future.canonical)
    let line = future.setting("id", to: .string(id)).canonical
    let stored = try StoredRecord(line: line.utf8)
    #expect(stored.record == Sample.served())
    #expect(stored.line == line + "\n")
  }

  @Test("a newer schema is refused with a word that says so")
  func newerSchema() throws {
    let json = try StoredRecord(Sample.served()).json.setting(
      "schema", to: .string("hone.record/2"))
    let error = #expect(throws: StoredRecord.LineError.self) {
      try StoredRecord(line: json.canonical.utf8)
    }
    #expect(error?.reason.contains("newer Hone (hone.record/2)") == true)
  }

  @Test("a missing field is named with its path")
  func missingField() throws {
    let json = try StoredRecord(Sample.served()).json
    let measurement = try #require(json["measurement"]).setting("median", to: nil)
    let body = json.setting("measurement", to: measurement).setting("id", to: nil)
    let line = body.setting("id", to: .string(ContentAddress.of(body.canonical))).canonical
    let error = #expect(throws: StoredRecord.LineError.self) { try StoredRecord(line: line.utf8) }
    #expect(error?.reason.contains("'measurement.median' is missing") == true)
  }
}
