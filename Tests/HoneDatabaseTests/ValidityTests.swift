// ValidityTests.swift: a changed library makes its own rows stale, and says so; patterns ask for many rows.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct ValidityTests {
  private let folder = TemporaryFolder()
  private static let then = [
    "openblas": "0.3.21", "kernels-hone-x86v3": "a", "kernels-hone-x86v2": "b",
  ]

  private func served(_ m: Int, backend: String = "hone") -> Record {
    Sample.served(
      Sample.problem(m: m), configuration: Sample.configuration(backend: backend),
      provenance: Sample.provenance(libraries: Self.then))
  }

  @Test("only libraries that the configuration runs make a record stale")
  func changes() {
    let changed = { (name: String) in
      Validity.changes(of: self.served(1), libraries: Self.then.merging([name: "new"]) { $1 })
    }
    #expect(changed("openblas").isEmpty && changed("kernels-hone-x86v2").isEmpty)
    #expect(changed("kernels-hone-x86v3") == ["kernels-hone-x86v3: a then, new now"])
    var library = served(1, backend: "openblas")
    library.configuration.variant = "sgemm"
    #expect(
      Validity.changes(of: library, libraries: ["kernels-hone-x86v3": "x"]) == [
        "openblas 0.3.21 is not here"
      ])
    var strange = served(1, backend: "other")
    strange.configuration.variant = "v"
    #expect(Validity.changes(of: strange, libraries: Self.then).isEmpty)
    #expect(Validity.changes(of: strange, libraries: [:]).count == 3)
  }

  @Test("a stale row answers, says so, and lets a fresh one of the same grade go first")
  func lookup() throws {
    var old = served(64)
    old.provenance.libraries["kernels-hone-x86v3"] = "older"
    _ = try folder.write(Sample.journalName(), try Sample.journal([old, served(128)]))
    let database = try Database(path: folder.path)
    let ask = { (m: Int, libraries: [String: String]?) in
      Lookup([database], libraries: libraries).answer(
        LookupQuery(
          problem: Sample.problem(m: m), cores: 2, policy: "warm",
          hardwareClass: Sample.hardwareClass))
    }
    let exact = ask(64, Self.then)
    #expect(exact.grade == .exact && exact.predictedRegret == nil)
    #expect(exact.stale == ["kernels-hone-x86v3: older then, a now"])
    #expect(ask(64, nil).stale.isEmpty && ask(128, Self.then).stale.isEmpty)
    let near = ask(70, Self.then)
    #expect(near.grade == .nearShape && near.row?.problem["m"] == 128 && near.stale.isEmpty)
  }

  @Test("the analytic model corrects the nearest shape and predicts its time")
  func model() throws {
    // By log-shape alone 64 is nearer to 80; the model says that 80 is bound as 128 is.
    _ = try folder.write(Sample.journalName(), try Sample.journal([served(64), served(128)]))
    let cost = { @Sendable (problem: Problem) -> Cost? in
      Cost(flops: Double(problem["m"]) * (problem["m"] > 70 ? 100 : 1), bytes: Double(problem["m"]))
    }
    let query = LookupQuery(
      problem: Sample.problem(m: 80), cores: 2, policy: "warm", hardwareClass: Sample.hardwareClass)
    let database = try Database(path: folder.path)
    #expect(Lookup([database]).answer(query).row?.problem["m"] == 64)
    let corrected = Lookup([database], cost: cost).answer(query)
    #expect(corrected.row?.problem["m"] == 128)
    #expect(corrected.predictedSeconds == 1e-3 * 80 / 128)
  }

  @Test("regret of other conditions and of other hardware is what winners cost there")
  func regret() throws {
    // kc 64 wins on 1 core, kc 128 on 2; each was tried on the other.
    let tried = [(1, 64, 0.5), (1, 128, 0.6), (2, 128, 0.4), (2, 64, 0.5)]
    let records = ["own", "other"].flatMap { name in
      tried.map { cores, kc, time -> Record in
        var record = Sample.served(
          cores: cores, configuration: Sample.configuration(kc: kc),
          provenance: Sample.provenance(hardwareClass: name))
        record.relativeTime = time
        record.served = (cores == 1) == (kc == 64) ? name == "own" : name == "other"
        return record
      }
    }
    for (name, own) in Dictionary(grouping: records, by: \.provenance.hardwareClass) {
      _ = try folder.write(Sample.journalName(hardwareClass: name), try Sample.journal(own))
    }
    let lookup = Lookup([try Database(path: folder.path)])
    let query = LookupQuery(
      problem: Sample.problem(), cores: 4, policy: "warm", hardwareClass: "own")
    let conditions = lookup.answer(query)
    #expect(conditions.grade == .sameHardware && conditions.configuration?["kc"] == 128)
    #expect(abs((conditions.predictedRegret ?? 0) - 0.25) < 1e-9)
    var elsewhere = query
    elsewhere.hardwareClass = "third"
    let hardware = lookup.answer(elsewhere)
    #expect(hardware.grade == .nearHardware)
    #expect((hardware.predictedRegret ?? 0) > 0.1)
  }

  @Test("any extent, a range, a bucket; anything else is no pattern")
  func extents() throws {
    let extent = { ShapePattern.Extent($0) }
    #expect(extent("*") == .any && extent("7") == .range(7...7) && extent("2..9") == .range(2...9))
    #expect(extent("~100") == .range(65...128) && extent("~64") == .range(33...64))
    for wrong in ["", "x", "9..2", "-1", "~", "~-1", "1..", "..2"] { #expect(extent(wrong) == nil) }
    let buckets = (0...300).map { ShapePattern.Extent.bucket(of: $0) }
    for (value, bucket) in buckets.enumerated() {
      #expect(bucket.contains(value))
      #expect(bucket.allSatisfy { ShapePattern.Extent.bucket(of: $0) == bucket })
    }
    _ = try folder.write(
      Sample.journalName(), try Sample.journal([64, 100, 200].map { served($0) }))
    let records = try #require(try Database(path: folder.path)[Sample.hardwareClass])
    let rows = { (m: String, trans: String) in
      records.rows(
        matching: ShapePattern(
          operation: "gemm", types: "f32", extents: ["m": ShapePattern.Extent(m)!],
          attributes: ["transB": trans])
      ).map { $0.problem["m"] }
    }
    #expect(rows("*", "n") == [100, 200, 64] && rows("*", "t").isEmpty)
    #expect(rows("~70", "n") == [100] && rows("64..100", "n") == [100, 64])
    #expect(
      records.rows(matching: ShapePattern(operation: "gemm", types: "f32", extents: ["q": .any]))
        .isEmpty)
  }
}
