// FuzzCorpusTests.swift: what the fuzzer found (see .ci/fuzz.sh) is read, or refused with a word, by every format.

import Foundation
import HoneCore
import Testing

@testable import HoneFormats

enum FuzzCorpus {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzzing/Corpus")

  /// One input a line, in base64.
  static func inputs(_ target: String) throws -> [[UInt8]] {
    let file = folder.appending(path: "\(target).txt")
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    return text.split(separator: "\n").compactMap {
      Data(base64Encoded: String($0)).map { [UInt8]($0) }
    }
  }
}

@Suite struct FuzzCorpusTests {
  @Test(
    "what the fuzzer found is read or refused, and what is read can be written",
    arguments: Formats.readers.map { $0.name })
  func formats(name: String) throws {
    let inputs = try FuzzCorpus.inputs(name)
    #expect(!inputs.isEmpty, "run .ci/fuzz.sh \(name)")
    let reader = try Formats.reader(named: name)
    for bytes in inputs {
      let source = ForeignSource(name: "E=8,N=4,device_name=fuzz.json", bytes: bytes)
      do {
        let table = try reader.read(source)
        for writer in Formats.writers { _ = try? writer.write(table) }
        _ = ImportedRecords(table, from: SampleRecord.origin)
      } catch let error as HoneError {
        #expect(error.code == .unusableData && !error.message.isEmpty)
      }
    }
  }

  @Test("a table without parameters or times is no space")
  func noSpace() throws {
    let untuned = try #require(FormatFixture.all.first { $0.file == "untuned.csv" }).table
    #expect(throws: HoneError.self) { _ = try RecordedSpaceTable.write(untuned) }
  }

  @Test("names that stand twice are refused, and dates that are none become the oldest")
  func found() throws {
    for text in [
      "{\"tunable_parameters\":[\"a\",\"a\"],\"version\":\"1.0\"}",
      "{\"tune_params_keys\":[\"a\",\"a\"],\"cache\":{}}",
    ] {
      let error = #expect(throws: HoneError.self) { _ = try Formats.read(source(text)) }
      #expect(error?.message.contains("a name twice") == true)
    }
    #expect(ImportedRecords.rfc3339("2026-01-p2 03:04:05+00:00") == "1970-01-01T00:00:00Z")
    #expect(ImportedRecords.rfc3339("2026-01-02 03:04:07+070:0+00:00") == "1970-01-01T00:00:00Z")
  }
}
