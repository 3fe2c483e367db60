// JournalTests.swift: whatever happened to a journal, the records in it are found and the rest is reported.

import HoneCore
import Testing

@testable import HoneDatabase

private let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

private func sampleLines(_ count: Int) throws -> [String] {
  try (0..<count).map {
    try StoredRecord(Sample.served(configuration: Sample.configuration(kc: 64 + $0))).line
  }
}

private func read(_ text: String) -> Journal { Journal(path: "j", bytes: Array(text.utf8)) }

@Suite struct JournalTests {
  @Test("cut at every byte: never a crash, never a wrong record, every whole line is there")
  func truncation() throws {
    let lines = try sampleLines(2)
    let bytes = Array(lines.joined().utf8)
    let ends = [lines[0].utf8.count, bytes.count]
    let ids = try lines.map { try StoredRecord(line: $0.utf8.dropLast()).id }
    for length in 0...bytes.count {
      let journal = Journal(path: "j", bytes: Array(bytes.prefix(length)))
      // A line that lacks nothing but its line break is whole.
      let whole = ends.count { $0 - 1 <= length }
      #expect(journal.records.map(\.id) == Array(ids.prefix(whole)))
      let isTorn = !ends.contains { $0 == length || $0 - 1 == length } && length > 0
      #expect(journal.findings.map(\.severity) == (isTorn ? [.note] : []))
      #expect(journal.keptBytes <= length)
    }
  }

  @Test("line breaks of Windows, a byte order mark and blank lines are accepted")
  func foreignLineBreaks() throws {
    let text = try sampleLines(2).map { $0.dropLast() + "\r\n\r\n" }.joined()
    let journal = Journal(path: "j", bytes: byteOrderMark + Array(text.utf8))
    #expect(journal.records.count == 2)
    #expect(journal.findings.isEmpty)
    #expect(journal.keptBytes == byteOrderMark.count + text.utf8.count)
  }

  @Test("a damaged line in the middle is skipped and reported with its number")
  func damagedLine() throws {
    let lines = try sampleLines(3)
    let journal = read(lines[0] + lines[1].replacing("gemm", with: "gomm") + lines[2])
    #expect(journal.records.count == 2)
    let finding = try #require(journal.findings.first)
    #expect(finding.severity == .error && finding.line == 2)
    #expect(finding.message.contains("checksum"))
    #expect(journal.keptBytes == lines.joined().utf8.count)
  }

  @Test("a tail of zeros, as a power cut leaves it, is a torn tail")
  func zeros() throws {
    let lines = try sampleLines(1)
    let bytes = Array(lines[0].utf8) + [UInt8](repeating: 0, count: 4096)
    let journal = Journal(path: "j", bytes: bytes)
    #expect(journal.records.count == 1)
    #expect(journal.findings.map(\.severity) == [.note])
    #expect(journal.keptBytes == lines[0].utf8.count)
  }

  @Test("a line of a newer Hone is kept, also at the end, and counted")
  func newerLine() throws {
    let newer =
      try StoredRecord(Sample.served()).json
      .setting("schema", to: .string("hone.record/9")).canonical + "\n"
    let text = try sampleLines(1)[0] + newer
    let journal = read(text)
    #expect(journal.newerLines == 1 && journal.records.count == 1)
    #expect(journal.keptBytes == text.utf8.count)
  }

  @Test("a last line that is whole but cannot be used is an error, and is never cut off")
  func unusableLine() throws {
    let body = try StoredRecord(Sample.served()).json
      .setting("outcome", to: .string("a-new-word")).setting("id", to: nil)
    let id = ContentAddress.of(body.canonical)
    let text = body.setting("id", to: .string(id)).canonical + "\n"
    let journal = read(text)
    #expect(journal.records.isEmpty && journal.keptBytes == text.utf8.count)
    #expect(journal.findings.map(\.severity) == [.error])
    #expect(journal.findings[0].message.contains("'outcome'"))
  }

  @Test(
    "foreign JSON is reported and left alone", arguments: ["{}", "[1]", "7", "{\"schema\":\"x\"}"])
  func foreign(_ line: String) throws {
    let text = try sampleLines(1)[0] + line + "\n"
    let journal = read(text)
    #expect(journal.records.count == 1 && journal.keptBytes == text.utf8.count)
    #expect(journal.findings.map(\.severity) == [.error])
  }

  @Test("random damage never adds a record")
  func randomDamage() throws {
    var generator = SeededGenerator(seed: 5)
    let lines = try sampleLines(3)
    let bytes = Array(lines.joined().utf8)
    let ids = Set(try lines.map { try StoredRecord(line: $0.utf8.dropLast()).id })
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0...generator.below(4) {
        damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
      }
      let found = Journal(path: "j", bytes: damaged).records.map(\.id)
      #expect(Set(found).isSubset(of: ids))
    }
  }
}
