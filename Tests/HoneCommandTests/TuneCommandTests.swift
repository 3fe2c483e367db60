// TuneCommandTests.swift: `hone tune` from end to end, real kernels, real files: finished, interrupted, killed, refused.

import Foundation
import Testing

@Suite("hone tune", .serialized)
struct TuneCommandTests {
  private static let workload = """
    {"schema": "hone.workload/1", "name": "small", "summary": "for tests", "source": "made up", "problems": [
      {"operation": "gemm", "types": "f32", "shape": {"m": 192, "n": 160, "k": 96}, "weight": 1, "policy": "warm"},
      {"operation": "gemm", "types": "f32", "shape": {"m": 1, "n": 256, "k": 128},
       "attributes": {"transB": "t"}, "weight": 1, "policy": "warm"}]}
    """

  private func folder() throws -> URL {
    let folder = try HoneProcess.temporaryFolder()
    try Data(Self.workload.utf8).write(to: folder.appending(path: "small.json"))
    return folder
  }

  /// Whole lines of all journals.
  private func lines(_ folder: URL) throws -> [Substring] {
    let hosts = folder.appending(path: "db/hosts")
    guard let names = FileManager.default.enumerator(atPath: hosts.path) else { return [] }
    var lines: [Substring] = []
    for case let name as String in names where name.hasSuffix(".jsonl") {
      let text = String(decoding: try Data(contentsOf: hosts.appending(path: name)), as: UTF8.self)
      lines += text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1)
    }
    return lines
  }

  private func expectValid(_ folder: URL) throws {
    let validation = try HoneProcess.run("db", "validate", "--db", "db", in: folder)
    #expect(validation.code == 0, "\(validation.output) \(validation.errors)")
  }

  @Test("a workload is tuned, validated, reported, looked up and not tuned twice")
  func complete() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    // Where memory is slow to come, measuring the limits beside other tests takes a quarter of a minute.
    let tuned = try HoneProcess.run(
      "tune", "small.json", "--db", "db", "--budget", "60", "--format", "json", in: folder)
    #expect(tuned.code == 0, "\(tuned.errors)")
    let document =
      try JSONSerialization.jsonObject(with: Data(tuned.output.utf8)) as? [String: Any]
    let rows = document?["problems"] as? [[String: Any]]
    let session = document?["session"] as? [String: Any]
    #expect(session?["served"] as? Int == 2)
    let time = session?["time"] as? [String: Any]
    #expect(time?["usedSeconds"] as? Double ?? 0 > 1)
    #expect(rows?.allSatisfy { ($0["origin"] as? String)?.isEmpty == false } == true)
    #expect(rows?.count == 2)
    #expect(rows?.allSatisfy { ($0["configuration"] as? String)?.isEmpty == false } == true)
    try expectValid(folder)
    #expect(try lines(folder).filter { $0.contains("\"served\":true") }.count >= 2)
    let again = try HoneProcess.run("tune", "small.json", "--db", "db", in: folder)
    #expect(again.output.contains("tuned before"), "\(again.output)")
    let found = try HoneProcess.run(
      "lookup", "gemm", "m=192", "n=160", "k=96", "--db", "db", "--format", "json", in: folder)
    #expect(found.code == 0 && found.output.contains("\"exact\""), "\(found.output)\(found.errors)")
    let report = try HoneProcess.run("report", "--db", "db", in: folder)
    #expect(report.code == 0 && report.output.contains("192x160x96"), "\(report.errors)")
  }

  @Test("Ctrl-C ends it with 130, keeps what was measured, and the next run finishes")
  func interrupted() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try HoneProcess(
      ["tune", "small.json", "--db", "db", "--budget", "60"], in: folder)
    try waitForRecords(2, in: folder)
    run.interrupt()
    let result = try run.result()
    #expect(result.code == 130, "\(result.errors)")
    #expect(result.errors.contains("interrupted"))
    try expectValid(folder)
    let kept = try lines(folder).count
    #expect(kept >= 2)
    let next = try HoneProcess.run("tune", "small.json", "--db", "db", "--budget", "4", in: folder)
    #expect(next.code == 0, "\(next.errors)")
    #expect(try lines(folder).count > kept)
    try expectValid(folder)
  }

  @Test("kill -9 at any moment loses nothing that was acknowledged, and the next run finishes")
  func killed() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var least = 0
    for extra in 1...4 {
      let run = try HoneProcess(
        ["tune", "small.json", "--db", "db", "--budget", "60", "--seed", "\(extra)"], in: folder)
      try waitForRecords(least + extra, in: folder)
      usleep(UInt32(extra * 7_300))
      let before = try lines(folder).count
      run.kill()
      let after = try lines(folder).count
      #expect(after >= before)
      try expectValid(folder)
      least = after
    }
    let next = try HoneProcess.run("tune", "small.json", "--db", "db", "--budget", "4", in: folder)
    #expect(next.code == 0, "\(next.errors)")
    #expect(try lines(folder).count > least)
    try expectValid(folder)
  }

  private func waitForRecords(_ count: Int, in folder: URL) throws {
    for _ in 0..<2400 {
      if try lines(folder).count >= count { return }
      usleep(50_000)
    }
    Issue.record("no \(count) records within 2 minutes")
  }

  @Test(
    "what makes no sense is refused with its reason and an exit code",
    arguments: [
      (["tune", "nosuch"], 64, "quick"),
      (["tune", "missing.json"], 2, "missing.json"),
      (["tune", "broken.json"], 2, "broken.json"),
      (["tune", "small.json", "--strategy", "luck"], 64, "exhaustive"),
      (["tune", "small.json", "--cores", "4096"], 64, "4096"),
      (["tune", "small.json", "--budget", "soon"], 64, "budget"),
      (["tune", "small.json", "--db", "small.json"], 2, "small.json"),
      (["frobnicate"], 64, "frobnicate"),
    ] as [([String], Int32, String)])
  func refused(arguments: [String], code: Int32, word: String) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("{\"schema\": \"hone.workload/1\", ".utf8).write(
      to: folder.appending(path: "broken.json"))
    let result = try HoneProcess(arguments, in: folder).result()
    #expect(result.code == code, "\(result.output) \(result.errors)")
    #expect(result.errors.contains(word), "\(result.errors)")
    #expect(result.output.isEmpty)
  }
}
