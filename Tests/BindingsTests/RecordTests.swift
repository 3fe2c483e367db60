// RecordTests.swift: HONE_RECORD: what a program calls becomes a workload, whole at every moment.

import Foundation
import HoneOperations
import HoneWorkloads
import Testing

@Suite(
  "HONE_RECORD", .enabled(if: BLASBench.missing == nil, "\(BLASBench.missing ?? "")"))
struct RecordTests {
  static func workload(at path: String) throws -> Workload {
    try Workload.load(path)
  }

  static func calls(of workload: Workload) -> Double {
    workload.entries.reduce(0) { $0 + $1.weight }
  }

  @Test("shapes, transposes, factors and counts are those of the program's calls")
  func recordsCalls() throws {
    let bench = try BLASBench()
    let file = bench.path("recorded.json")
    let result = try bench.run(["threads", "30", "31"], .linked, ["HONE_RECORD": file])
    #expect(result.code == 0 && result.errors == "", "\(result)")
    let workload = try Self.workload(at: file)
    #expect(Self.calls(of: workload) == 8 * 2 * 72 * 2)
    let complete = try workload.normalised(by: Operations.all)
    #expect(complete.entries.allSatisfy { [30, 31].contains($0.problem["k"]) })
    #expect(complete.entries.allSatisfy { [1, 19, 23].contains($0.problem["m"]) })
    let factors = Set(complete.entries.map { $0.problem.attributes["beta"] ?? "" })
    #expect(factors == ["0", "0.5", "1"])
    // The driver leaves three elements between rows.
    let row = complete.entries.first { $0.problem.attributes["transA"] == "n" }
    #expect(row?.problem["lda"] == (row?.problem["k"] ?? 0) + 3)
  }

  @Test("what was seen is said of each shape: routine, threads, alignment, time, who computed")
  func recordsObservations() throws {
    let bench = try BLASBench()
    let file = bench.path("recorded.json")
    let settings = ["HONE_RECORD": file, "OPENBLAS_NUM_THREADS": "1"]
    _ = try bench.run(["check", "30", "31"], .linked, settings)
    let data = try Data(contentsOf: URL(filePath: file))
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let problems = try #require(document["problems"] as? [[String: Any]])
    let seen = problems.compactMap { $0["observed"] as? [String: Any] }
    #expect(seen.count == problems.count && !seen.isEmpty)
    #expect(Set(seen.compactMap { $0["routine"] as? String }) == ["cblas_sgemm", "sgemm"])
    #expect(seen.allSatisfy { $0["threads"] as? Int == 1 && ($0["alignment"] as? Int ?? 0) >= 4 })
    #expect(seen.reduce(0) { $0 + ($1["served"] as? Int ?? 0) } == 72)
    #expect(seen.reduce(0) { $0 + ($1["missed"] as? Int ?? 0) } == 72)
    #expect(seen.allSatisfy { ($0["seconds"] as? Double ?? 0) > 0 })
  }

  @Test("a forked child writes a file of its own, and its parent's stays the parent's")
  func forkedChild() throws {
    let bench = try BLASBench()
    let result = try bench.run(
      ["fork", "30"], .linked, ["HONE_RECORD": bench.path("recorded.json")])
    #expect(result.code == 0)
    let files = try bench.scratch.names().filter { $0.hasPrefix("recorded") }
    #expect(files.count == 2, "\(files)")
    for file in files {
      #expect(Self.calls(of: try Self.workload(at: bench.path(file))) == 144, "\(file)")
    }
  }

  @Test("a program that is killed leaves a whole recording of what it had called a second before")
  func killed() throws {
    let bench = try BLASBench()
    let file = bench.path("recorded.json")
    let environment = ["HONE_RECORD": file, "HONE_LIBRARY": bench.program("libhone.so.0")]
    let output = try Scratch()
    let depths = [String](repeating: "30", count: 100_000)
    let process = try Program(bench.program("linked")).start(
      ["check"] + depths, environment, in: output)
    let deadline = Date(timeIntervalSinceNow: 30)
    while !FileManager.default.fileExists(atPath: file), Date() < deadline { usleep(20_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(Self.calls(of: try Self.workload(at: file)) > 0)
    #expect(try bench.scratch.names().filter { $0.contains(".part") }.count <= 1)
  }

  @Test("a place that cannot be written is told once, and the program goes on")
  func unwritable() throws {
    let bench = try BLASBench()
    let file = bench.path("nowhere/recorded.json")
    let result = try bench.run(["check", "30"], .linked, ["HONE_RECORD": file])
    #expect(result.code == 0)
    #expect(
      result.errors
        == "hone_blas: HONE_RECORD: \(file) cannot be written: No such file or directory\n")
  }

  @Test("a program without sgemm leaves no recording")
  func nothingToRecord() throws {
    let bench = try BLASBench()
    _ = try bench.run(["others", "30"], .linked, ["HONE_RECORD": bench.path("recorded.json")])
    #expect(try !bench.scratch.names().contains("recorded.json"))
  }

  @Test("%p in the name is the process")
  func numberedName() throws {
    let bench = try BLASBench()
    _ = try bench.run(["check", "30"], .linked, ["HONE_RECORD": bench.path("r-%p.json")])
    #expect(try bench.scratch.names().contains { $0.wholeMatch(of: /r-\d+\.json/) != nil })
  }
}
