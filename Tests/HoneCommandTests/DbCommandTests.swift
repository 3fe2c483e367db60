// DbCommandTests.swift: hone db as people use it: out to other tools, back in, merged and compared.

import Foundation
import HoneCore
import HoneDatabase
import Testing

@testable import HoneCommand

@Suite struct DbCommandTests {
  private let folder: URL

  init() throws { folder = try HoneProcess.temporaryFolder() }

  private func record(m: Int, kc: Int, session: String = "s1", median: Double = 1e-3) -> Record {
    let variant = "gemm.f32.packed.6x16@x86v3"
    let configuration = Configuration(
      backend: "hone", variant: variant, parameters: ["kc": .int(kc), "threads": 1])
    let against = Configuration(
      backend: "hone", variant: variant, parameters: ["kc": 64, "threads": 1])
    return Record(
      problem: Problem(
        operation: "gemm", types: "f32",
        shape: ["m": m, "n": 512, "k": 256, "lda": 256, "ldb": 512, "ldc": 512],
        attributes: ["transA": "n", "transB": "n", "alpha": "1", "beta": "0"]), cores: 2,
      configuration: configuration, outcome: .measured, stage: .final, policy: .init(),
      measurement: Measurement(
        samples: [median], batch: 1, median: median,
        interval: Interval(low: median, high: median, confidence: 0)),
      proof: Proof(oracle: "double", error: 0, bound: 1, compared: 1), noiseFloor: 0.01,
      comparisons: [
        Comparison(
          role: "default", against: against, speedup: 1.5, interval: Interval(low: 1.4, high: 1.6),
          pairs: 9, verdict: .faster)
      ], served: true,
      provenance: Provenance(
        tool: "hone 0.1.0", libraries: [:], hardwareClass: "avx2-2c", host: "0123456789ab",
        session: session, seed: 1, strategy: "local", space: "x", time: "2026-01-02T03:04:05Z"))
  }

  private func database(_ name: String, _ records: [Record]) throws -> String {
    let path = folder.appending(path: name).path
    let writer = try DatabaseWriter(path: path, hardwareClass: "avx2-2c", host: "0123456789ab")
    for record in records { try writer.append(record) }
    try writer.refreshBest()
    return path
  }

  private func run(_ arguments: String...) throws -> HoneProcess.Result {
    try HoneProcess(
      ["db"] + arguments, in: folder,
      environment: ["HOME": folder.path, "XDG_STATE_HOME": folder.path]
    ).result()
  }

  @Test("what is exported is imported into another database, twice without a change")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try database("db", [record(m: 64, kc: 256), record(m: 128, kc: 128)])
    let several = try run("export", "--format", "kernel-tuner", "--db", path)
    #expect(several.code == 64 && several.errors.contains("needs 2 files"))
    let exported = try run(
      "export", "--format", "kernel-tuner", "--db", path, "--output", "caches", "--json")
    #expect(exported.code == 0 && exported.output.contains("\"notExpressed\" : ["))
    let caches = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "caches").path
    ).sorted().map { "caches/\($0)" }
    try #require(caches.count == 2)
    let imported = try run("import", caches[0], "--db", "other")
    #expect(imported.code == 0 && imported.output.contains("1 records of avx2-2c, added 1"))
    let again = try run("import", caches[0], "--db", "other", "--json")
    #expect(again.output.contains("\"added\" : 0") && again.output.contains("kernel-tuner"))
    #expect(try run("validate", "--db", "other").code == 0)
    let back = try Database(path: folder.appending(path: "other").path)
    let stored = try #require(back.classes.first?.records.first?.record)
    #expect(stored.problem["ldb"] == 512 && stored.configuration["kc"] == 128)
    #expect(back.classes[0].best.isEmpty, "imported records are never served")
  }

  @Test("the header, the CSV and the per-M table come out; what they lose goes to standard error")
  func otherForms() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try database("db", [record(m: 64, kc: 256), record(m: 128, kc: 128)])
    let header = try run("export", "--format", "c-header", "--db", path)
    #expect(header.output.contains("_find(m, n, k, &exact)") && header.errors.contains("lda"))
    let table = try run("export", "--format", "csv", "--db", path)
    #expect(table.output.split(separator: "\n").count == 3)
    let perM = try run("export", "--format", "per-m", "--db", path)
    #expect(perM.output.contains("\"64\": {") && perM.errors.contains("not in per-m: times"))
    #expect(try run("export", "--format", "csv", "--db", path, "--cores", "7").code == 1)
    #expect(try run("export", "--format", "excel", "--db", path).code == 64)
    let broken = folder.appending(path: "broken.json")
    try Data("{\"tune_params_keys\": [1,\n }".utf8).write(to: broken)
    let refused = try run("import", "broken.json", "--db", "other")
    #expect(refused.code == 2 && refused.errors.contains("broken.json:2:"))
  }

  @Test("merge lists contested rows, diff says what changed, gc and compact and migrate report")
  func maintenance() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let one = try database("one", [record(m: 64, kc: 256)])
    let two = try database(
      "two", [record(m: 64, kc: 128, session: "s2", median: 5e-4), record(m: 1, kc: 32)])
    let diff = try run("diff", one, two)
    #expect(diff.code == 1 && diff.output.contains("faster") && diff.output.contains("added"))
    #expect(try run("diff", one, one).code == 0)
    let merged = try run("merge", two, "--db", one)
    #expect(merged.code == 0 && merged.output.contains("2 records added, 0 were there"))
    #expect(merged.output.contains("1 contested rows") && merged.output.contains("there"))
    #expect(try run("compact", "--db", one).output.contains("merged"))
    #expect(try run("gc", "--dry-run", "--db", one).code == 0)
    #expect(try run("migrate", "--db", one).output.contains("3 records are of version 1"))
    #expect(try run("validate", "--db", one).code == 0)
  }
}
