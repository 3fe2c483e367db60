// WinnersTests.swift: who is served is a function of the set of records, and the right one.

import HoneCore
import Testing

@testable import HoneDatabase

private func best(_ records: [Record]) throws -> [BestRow] {
  Winners.of(Database.union([try records.map { try StoredRecord($0) }]))
}

private func session(_ name: String, day: Int, libraries: [String: String] = ["blas": "1"])
  -> Provenance
{
  Sample.provenance(session: name, time: "2026-02-0\(day)T00:00:00Z", libraries: libraries)
}

@Suite struct WinnersTests {
  @Test("screened, wrong, unproven and not served records never win")
  func onlyServed() throws {
    var unproven = Sample.served()
    unproven.proof = nil
    var loser = Sample.served()
    loser.served = false
    var screened = Sample.served()
    screened.stage = .screen
    #expect(try best([unproven, loser, screened]).isEmpty)
    #expect(try best([unproven, loser, screened, Sample.served()]).count == 1)
  }

  @Test("a record that contradicts itself is never served, however fast it claims to be")
  func contradictions() throws {
    var liar = Sample.served(configuration: Sample.configuration(kc: 9), median: 1e-9)
    liar.comparisons[0].interval.low = 0.9
    var nonsense = Sample.served(configuration: Sample.configuration(kc: 8))
    nonsense.measurement?.median = .nan
    #expect(try best([liar, nonsense]).isEmpty)
    #expect(try best([liar, nonsense, Sample.served()]).map(\.record) == [Sample.served()])
  }

  @Test("there is a row for each problem, core count and policy, sorted")
  func rows() throws {
    let rows = try best([
      Sample.served(Sample.problem(m: 7)), Sample.served(cores: 4), Sample.served(),
      Sample.served(policy: .init(operands: .cold)),
    ])
    let keys = rows.map { "\($0.problem["m"]) \($0.cores) \($0.policy.name)" }
    #expect(keys == ["512 2 cold", "512 2 warm", "512 4 warm", "7 2 warm"])
  }

  @Test("an incumbent stays unless the challenger wins by more than the noise floor")
  func stability() throws {
    let (a, b) = (Sample.configuration(kc: 1), Sample.configuration(kc: 2))
    let first = Sample.served(configuration: a, median: 100, provenance: session("s1", day: 1))
    let near = Sample.served(configuration: b, median: 99.5, provenance: session("s2", day: 2))
    let far = Sample.served(configuration: b, median: 90, provenance: session("s2", day: 2))
    #expect(try best([first, near]).map(\.configuration) == [a])
    #expect(try best([first, far]).map(\.configuration) == [b])
  }

  @Test("among equals the one with fewer threads wins, then the default")
  func simplicity() throws {
    let wide = Sample.served(configuration: Sample.configuration(threads: 2), median: 100)
    let slim = Sample.served(
      configuration: Sample.configuration(threads: 1), median: 100.5,
      provenance: session("s2", day: 2))
    #expect(try best([wide, slim]).first?.configuration.int("threads", default: 0) == 1)

    var untuned = Sample.served(
      configuration: Sample.configuration(threads: 1, kc: 64), median: 100.5,
      provenance: session("s3", day: 3))
    untuned.comparisons = []
    #expect(try best([slim, untuned]).first?.record.isDefault == true)
  }

  @Test("a changed library makes older records stale")
  func staleness() throws {
    let old = Sample.served(
      configuration: Sample.configuration(kc: 1), median: 50, provenance: session("s1", day: 1))
    let new = Sample.served(
      configuration: Sample.configuration(kc: 2), median: 100,
      provenance: session("s2", day: 2, libraries: ["blas": "2"]))
    #expect(try best([old, new]).map(\.median) == [100])
  }

  @Test("a configuration that was measured again counts by its newest record")
  func measuredAgain() throws {
    let lucky = Sample.served(median: 50, provenance: session("s1", day: 1))
    let sober = Sample.served(median: 100, provenance: session("s2", day: 2))
    let other = Sample.served(
      configuration: Sample.configuration(kc: 9), median: 80, provenance: session("s3", day: 3))
    #expect(try best([lucky, sober, other]).map(\.median) == [80])
  }

  @Test("reading journals is a set union: any order, any split, any repetition gives the same rows")
  func union() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<40 {
      let records = try (0..<30).map { _ in try StoredRecord(Sample.random(&generator)) }
      let expected = Database.union([records])
      var split: [[StoredRecord]] = [[], [], []]
      for record in records + records.prefix(10) { split[generator.below(3)].append(record) }
      generator.shuffle(&split)
      for index in split.indices { generator.shuffle(&split[index]) }
      let merged = Database.union(split)
      #expect(merged.map(\.id) == expected.map(\.id))
      let texts = try [merged, expected].map {
        try BestTable.text(
          of: HardwareClassRecords(
            name: "c", host: nil, records: $0, best: Winners.of($0), newerTexts: []))
      }
      #expect(texts[0] == texts[1])
      // Associative: a union of unions is the union.
      let nested = Database.union([Database.union([split[0], split[1]]), split[2]])
      #expect(nested.map(\.id) == expected.map(\.id))
    }
  }
}
