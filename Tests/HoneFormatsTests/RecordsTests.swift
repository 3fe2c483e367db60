// RecordsTests.swift: records become tables, and other tools' tables become records that are never served.

import HoneCore
import Testing

@testable import HoneFormats

enum SampleRecord {
  static func record(m: Int = 64, kc: Int = 256, median: Double = 1e-3) -> Record {
    Record(
      problem: Problem(
        operation: "gemm", types: "f32", shape: ["m": m, "n": 512, "k": 128, "lda": 128],
        attributes: ["transA": "n", "transB": "t"]), cores: 2,
      configuration: Configuration(
        backend: "hone", variant: "gemm.f32.packed.6x16@x86v3",
        parameters: ["kc": .int(kc), "placement": "compact", "threads": 2]),
      outcome: .measured, stage: .final, policy: MeasurementPolicy(operands: .cold),
      measurement: Measurement(
        samples: [median * 1.01, median * 0.99, median], batch: 4, median: median,
        interval: Interval(low: median * 0.98, high: median * 1.02)),
      proof: Proof(oracle: "double", error: 0.1, bound: 1, compared: 10), served: true,
      provenance: Provenance(
        tool: "hone 0.1.0", libraries: [:], hardwareClass: "avx2-2c", host: "h", session: "s",
        seed: 1, strategy: "local", space: "x", time: "2026-01-02T03:04:05Z"))
  }

  static let origin = ImportedRecords.Origin(
    tool: "hone 0.1.0", hardwareClass: "avx2-2c", host: "h", session: "import-1")

  static func table(_ records: [Record]) -> ForeignTable {
    ForeignTable(records: records, device: "avx2-2c") { _ in ["m", "n", "k"] }
  }
}

@Suite struct RecordsTests {
  @Test(
    "a record has its extents in the operation's order, then types, attributes, cores and policy")
  func table() throws {
    var failed = SampleRecord.record(kc: 64)
    (failed.outcome, failed.measurement, failed.detail) = (.timedOut, nil, "10 s")
    let table = SampleRecord.table([SampleRecord.record(), failed])
    #expect(
      table.problems.map { $0.fields.map(\.name) } == [
        ["m", "n", "k", "lda", "types", "transA", "transB", "cores", "policy"]
      ])
    #expect(table.rows[0].seconds == 1e-3 && table.rows[0].samples.count == 3)
    #expect(table.rows[1].outcome == .failed(.timeout, reason: "10 s"))
    #expect(!table.notExpressed.isEmpty && table.device == "avx2-2c")
  }

  @Test(
    "what is exported and imported has the same problem, configuration, time and samples",
    arguments: ["kernel-tuner", "t4", "csv", "kernel-launcher", "tunableop"])
  func roundTrip(format: String) throws {
    let record = SampleRecord.record()
    let document = try #require(
      try Formats.writer(named: format).write(SampleRecord.table([record])).first)
    let table = try Formats.read(source(document.text, name: document.name))
    let imported = ImportedRecords(table, from: SampleRecord.origin)
    let back = try #require(imported.records.first)
    #expect(back.configuration == record.configuration)
    #expect(back.measurement?.median == 1e-3)
    if format != "tunableop" {
      #expect(back.problem == record.problem && back.cores == 2 && back.policy == record.policy)
      #expect(back.provenance.time == record.provenance.time)
    } else {
      #expect(back.problem["m"] == 64 && back.problem.attributes["transB"] == "t")
    }
    if ["kernel-tuner", "t4", "csv"].contains(format) {
      #expect(back.measurement?.samples == record.measurement?.samples)
    }
    #expect(back.stage == .screen && !back.served && back.proof == nil)
    #expect(back.provenance.isImported)
  }

  @Test("rows that say nothing of conditions match no question; a choice is no measurement")
  func foreignRows() throws {
    let cache = ImportedRecords(
      try FormatFixture.named("kernel-tuner").table, from: SampleRecord.origin)
    #expect(cache.records.count == 4)
    let first = try #require(cache.records.first { $0.configuration["tile_y"] == 1 })
    #expect(first.policy.name == "warm+unknown+unknown" && first.problem.operation == "blur")
    #expect(first.provenance.time == "2026-01-02T03:04:05Z")
    #expect(first.configuration["unroll"] == .text("0.5"))
    #expect(first.measurement?.interval.confidence == 0)
    #expect(Set(cache.records.map(\.outcome)) == [.measured, .failed, .unsupported])
    let chosen = ImportedRecords(try FormatFixture.named("per-m").table, from: SampleRecord.origin)
    #expect(chosen.records.isEmpty)
    #expect(chosen.notExpressed.contains("3 rows without a time: a choice is no measurement"))
  }

  @Test("a problem that its operation refuses is left out and counted")
  func refused() throws {
    struct No: Error {}
    let imported = ImportedRecords(
      try FormatFixture.named("t4").table, from: SampleRecord.origin,
      normalise: { _ in throw HoneError(.usage, "gemm has no dimension 'q'") })
    #expect(imported.records.isEmpty)
    #expect(imported.notExpressed.contains("4 rows: gemm has no dimension 'q'"))
  }

  @Test("a device's name becomes the name of a folder; a time that is none becomes the oldest")
  func names() {
    let name = ImportedRecords.hardwareClass(of:tool:)
    #expect(name("NVIDIA RTX A4000", "x") == "nvidia-rtx-a4000")
    #expect(name("gfx90a:sramecc+:xnack-", "x") == "gfx90a-sramecc-xnack")
    #expect(name("", "t4") == "t4-unknown" && name("../..", "t4") == "t4-unknown")
    #expect(ImportedRecords.rfc3339("2026-01-02 03:04:05.25+00:00") == "2026-01-02T03:04:05.25Z")
    #expect(ImportedRecords.rfc3339("yesterday") == "1970-01-01T00:00:00Z")
    #expect(ImportedRecords.rfc3339(nil) == "1970-01-01T00:00:00Z")
  }
}
