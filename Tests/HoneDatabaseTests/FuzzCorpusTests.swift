// FuzzCorpusTests.swift: what the fuzzer found (see .ci/fuzz.sh) is read by the journal and as a document without a trap.

import Foundation
import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct FuzzCorpusTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzzing/Corpus")

  @Test(
    "journals and documents that the fuzzer found",
    arguments: ["journal", "record", "best", "host"])
  func corpus(target: String) throws {
    let file = Self.folder.appending(path: "\(target).txt")
    let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
    #expect(!lines.isEmpty, "run .ci/fuzz.sh \(target)")
    for line in lines {
      let bytes = [UInt8](try #require(Data(base64Encoded: String(line))))
      let journal = Journal(path: target, bytes: bytes)
      #expect(journal.keptBytes <= bytes.count)
      for record in journal.records {
        #expect(try StoredRecord(line: record.text.utf8).id == record.id)
      }
      guard let json = try? JSONValue(parsing: bytes) else { continue }
      #expect(try JSONValue(parsing: Array(json.canonical.utf8)) == json)
    }
  }
}
