// MergingTests.swift: merging is set union: in any order, any number of times, with strangers' fields.

import Foundation
import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct MergingTests {
  /// Databases of random records that overlap.
  private func databases(_ generator: inout SeededGenerator, count: Int) throws
    -> [TemporaryFolder]
  {
    let pool = (0..<14).map { _ in Sample.random(&generator) }
    return try (0..<count).map { _ in
      let folder = TemporaryFolder()
      let some = pool.filter { _ in generator.below(2) == 0 }
      _ = try folder.write(Sample.journalName(), try Sample.journal(some))
      return folder
    }
  }

  private func best(_ folder: TemporaryFolder) throws -> [UInt8] {
    try folder.read("hosts/\(Sample.hardwareClass)/best.json")
  }

  private func ids(_ path: String) throws -> Set<String> {
    Set(try Database(path: path).classes.flatMap(\.records).map(\.id))
  }

  @Test("commutative, associative and idempotent", arguments: 1...3)
  func unionLaws(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let sources = try databases(&generator, count: 3)
    let (a, b, c) = (sources[0].path, sources[1].path, sources[2].path)
    let orders = [[a, b, c], [c, a, b], [b, c, a, a, c, b]]
    let targets = try orders.map { order in
      let target = TemporaryFolder()
      for source in order { _ = try Database.merge([source], into: target.path) }
      return target
    }
    // (a ∪ b) ∪ c in two steps.
    let pair = TemporaryFolder()
    let nested = TemporaryFolder()
    _ = try Database.merge([a, b], into: pair.path)
    _ = try Database.merge([pair.path, c], into: nested.path)
    let expected = try ids(a).union(try ids(b)).union(try ids(c))
    for target in targets + [nested] {
      #expect(try ids(target.path) == expected)
      #expect(try best(target) == (try best(targets[0])))
    }
    let again = try Database.merge([a, b, c], into: targets[0].path)
    #expect(again.added == 0 && again.contests.isEmpty)
  }

  @Test("fields that this version does not know, and records of newer ones, come along")
  func strangers() throws {
    let folder = TemporaryFolder()
    let json = try StoredRecord(Sample.served()).json.setting("weather", to: .string("rain"))
    let body = json.setting("id", to: nil)
    let line = body.setting("id", to: .string(ContentAddress.of(body.canonical))).canonical
    let newer = line.replacing("hone.record/1", with: "hone.record/2")
    _ = try folder.write(Sample.journalName(), "\(line)\r\n\(newer)\n")
    let target = TemporaryFolder()
    _ = try Database.merge([folder.path], into: target.path)
    _ = try Database.merge([folder.path], into: target.path)
    _ = try Database.compact(path: target.path)
    let journal = "hosts/\(Sample.hardwareClass)/journal/\(Database.mergedHost)-1.jsonl"
    #expect(try target.read(journal) == Array("\(line)\n\(newer)\n".utf8))
  }

  @Test(
    "rows that both serve differently beyond the noise floor are contested, and the faster is served"
  )
  func contests() throws {
    let (one, other) = (TemporaryFolder(), TemporaryFolder())
    let time = "2026-01-02T00:00:00Z"
    let mine = [Sample.served(), Sample.served(Sample.problem(m: 64))]
    let theirs = [
      Sample.served(
        configuration: Sample.configuration(kc: 512), median: 0.8e-3,
        provenance: Sample.provenance(session: "s2", time: time)),
      Sample.served(
        Sample.problem(m: 64), configuration: Sample.configuration(kc: 512), median: 1.001e-3,
        provenance: Sample.provenance(session: "s2", time: time)),
    ]
    _ = try one.write(Sample.journalName(), try Sample.journal(mine))
    _ = try other.write(Sample.journalName(2), try Sample.journal(theirs))
    let report = try Database.merge([other.path], into: one.path)
    #expect(report.added == 2 && report.contests.count == 1)
    let contest = try #require(report.contests.first)
    #expect(contest.problem["m"] == 512 && contest.served["kc"] == 512)
    let difference = try Database(path: other.path).difference(to: try Database(path: one.path))
    #expect(difference.map(\.verdict) == [.tie], "the incumbent of m=64 stays")
  }

  @Test("what two databases serve differently")
  func difference() throws {
    let (before, after) = (TemporaryFolder(), TemporaryFolder())
    let shapes = [64, 128, 256]
    let old = shapes.map { Sample.served(Sample.problem(m: $0)) }
    let new = [
      Sample.served(Sample.problem(m: 64)),
      Sample.served(
        Sample.problem(m: 128), configuration: Sample.configuration(kc: 8), median: 5e-4),
      Sample.served(Sample.problem(m: 512), median: 2e-3),
    ]
    _ = try before.write(Sample.journalName(), try Sample.journal(old))
    _ = try after.write(Sample.journalName(), try Sample.journal(new))
    let (first, second) = (try Database(path: before.path), try Database(path: after.path))
    let rows = first.difference(to: second)
    #expect(rows.map { $0.problem["m"] } == [128, 256, 512])
    #expect(rows.map(\.verdict) == [.faster, .removed, .added])
    #expect(rows[0].speedup == 2 && rows[0].after?["kc"] == 8)
    #expect(first.difference(to: first).isEmpty)
    #expect(second.difference(to: first).map(\.verdict) == [.slower, .added, .removed])
  }
}
