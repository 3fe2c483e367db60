// CompactingTests.swift: fewer files and fewer losers, never a record that is needed, also beside a writer.

import Foundation
import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct CompactingTests {
  private let folder = TemporaryFolder()

  private func ids() throws -> Set<String> {
    Set(try Database(path: folder.path).classes.flatMap(\.records).map(\.id))
  }

  private func journals() throws -> [String] {
    try Files.names(in: Layout(root: folder.path).journals(Sample.hardwareClass))
  }

  /// Random records over several journals of two hosts.
  private func fill() throws {
    var generator = SeededGenerator(seed: 7)
    for number in 1...4 {
      var records = (0..<10).map { _ in Sample.random(&generator) }
      if number == 4 {
        for index in records.indices { records[index].provenance.host = "otherhost" }
      }
      let host = number == 4 ? "otherhost" : Sample.host
      _ = try folder.write(
        "hosts/\(Sample.hardwareClass)/journal/\(host)-\(number).jsonl",
        try Sample.journal(records))
    }
    _ = try Database.rebuild(path: folder.path)
  }

  @Test("many journals of a host become one sorted one, with every record; twice is once")
  func compact() throws {
    try fill()
    let before = try ids()
    let dry = try Database.compact(path: folder.path, isDry: true)
    #expect(try journals().count == 4 && dry.map(\.journals) == [3, 1])
    let reports = try Database.compact(path: folder.path)
    #expect(reports == dry)
    #expect(try journals() == ["\(Sample.host)-1.jsonl", "otherhost-4.jsonl"])
    #expect(try ids() == before)
    let lines = String(decoding: try folder.read(Sample.journalName()), as: UTF8.self)
      .split(separator: "\n")
    let times = try lines.map { try StoredRecord(line: $0.utf8).record.provenance.time }
    #expect(times == times.sorted())
    let bytes = try folder.read(Sample.journalName())
    _ = try Database.compact(path: folder.path)
    #expect(try folder.read(Sample.journalName()) == bytes)
    #expect(try Database(path: folder.path).validate().allSatisfy { $0.severity == .note })
  }

  @Test("a journal that somebody writes, or that is damaged, is left alone")
  func skipped() throws {
    try fill()
    let writer = try Sample.writer(folder)
    let path = "hosts/\(Sample.hardwareClass)/journal/\(Sample.host)-2.jsonl"
    let text = String(decoding: try folder.read(path), as: UTF8.self)
    _ = try folder.write(path, text.replacing("gemm", with: "gomm"))
    let report = try #require(try Database.compact(path: folder.path).first)
    #expect(report.journals == 1 && report.skipped.count == 2)
    #expect(report.skipped.contains(writer.journalPath))
    try writer.append(Sample.served(median: 1.5e-3))
    #expect(String(decoding: try folder.read(path), as: UTF8.self).contains("gomm"))
  }

  @Test("writers and compactions at the same time lose nothing")
  func concurrent() async throws {
    let folder = folder
    let acknowledged = try await withThrowingTaskGroup(of: [String].self) { group in
      for number in 0..<3 {
        group.addTask {
          var ids: [String] = []
          for step in 0..<12 {
            // A writer of its own each time, so that opening races with compacting.
            let writer = try Sample.writer(folder)
            for kc in 0..<3 {
              let record = Sample.served(
                configuration: Sample.configuration(kc: step * 10 + kc),
                provenance: Sample.provenance(session: "s\(number)-\(step)"))
              ids.append(try writer.append(record))
            }
          }
          return ids
        }
      }
      group.addTask {
        try Files.makeFolder(Layout(root: folder.path).hosts)
        for _ in 0..<40 {
          _ = try Database.compact(path: folder.path)
          await Task.yield()
        }
        return []
      }
      return try await group.reduce([]) { $0 + $1 }
    }
    #expect(acknowledged.count == 108)
    #expect(try ids() == Set(acknowledged))
  }

  @Test("superseded losers go; what is served, was served or was compared with stays")
  func garbage() throws {
    let old = Sample.provenance(session: "s1", time: "2026-01-01T00:00:00Z")
    let new = Sample.provenance(session: "s2", time: "2026-02-01T00:00:00Z")
    let loser = { (kc: Int, provenance: Provenance) in
      var record = Sample.served(
        configuration: Sample.configuration(kc: kc), median: 2e-3, provenance: provenance)
      (record.stage, record.comparisons, record.served) = (.screen, [], false)
      return record
    }
    // kc 64 is the default that the winners were compared with.
    let keep = [
      Sample.served(provenance: old), loser(64, old), loser(11, new),
      Sample.served(configuration: Sample.configuration(kc: 512), median: 5e-4, provenance: new),
    ]
    let drop = [loser(7, old), loser(8, old)]
    // Another row, tuned once only: nothing of it is superseded.
    var other = loser(7, old)
    other.problem = Sample.problem(m: 1)
    let lone = [Sample.served(Sample.problem(m: 1), provenance: old), other]
    _ = try folder.write(Sample.journalName(), try Sample.journal(keep + drop + lone))
    _ = try Database.rebuild(path: folder.path)
    let best = try folder.read("hosts/\(Sample.hardwareClass)/best.json")
    let kept = Set(try (keep + lone).map { try StoredRecord($0).id })
    _ = try Database.collectGarbage(path: folder.path, isDry: true)
    #expect(try ids().count == 8)
    #expect(try Database.collectGarbage(path: folder.path, keeping: 2).map(\.recordsAfter) == [8])
    #expect(try Database.collectGarbage(path: folder.path).map(\.recordsAfter) == [6])
    #expect(try ids() == kept)
    _ = try Database.rebuild(path: folder.path)
    #expect(try folder.read("hosts/\(Sample.hardwareClass)/best.json") == best)
  }

  @Test("collecting garbage never changes what is served", arguments: 1...10)
  func garbageKeepsBest(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let records = (0..<60).map { _ in Sample.random(&generator) }
    _ = try folder.write(Sample.journalName(), try Sample.journal(records))
    let before = try Database(path: folder.path).classes[0].best
    _ = try Database.collectGarbage(path: folder.path)
    #expect(try Database(path: folder.path).classes[0].best == before)
  }
}
