// CompareCommandTests.swift: `hone compare` as a gate: every exit code, and what is said with it.

import Foundation
import HoneTesting
import Testing

@Suite("hone compare")
struct CompareCommandTests {
  static func compare(
    _ arguments: [String], regression: Double = 1, samples: Int = 16
  ) throws -> HoneProcess.Result {
    let folder = try HoneProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let host = SyntheticHost(index: 0)
    for (name, day, factor) in [("old", 1, 1.0), ("new", 2, regression)] {
      let session = SyntheticSession(
        problems: SyntheticProblems.gemm(3), screened: 0, samples: samples, name: "session-\(name)",
        time: "2026-01-0\(day)T00:00:00Z", seed: UInt64(day), slowdown: factor == 1 ? 1 : 0.9,
        regression: factor)
      try host.write(session, to: folder.appending(path: name).path)
      try host.write(session, to: folder.appending(path: "both").path)
    }
    return try HoneProcess(["compare"] + arguments, in: folder).result()
  }

  @Test("0 where nothing is slower")
  func nothingSlower() throws {
    let result = try Self.compare(["old", "new"])
    #expect(result.code == 0 && result.output.contains("no difference") && result.errors.isEmpty)
  }

  @Test("1 where something is slower by more than the limit, 0 where by less")
  func slower() throws {
    let result = try Self.compare(["old", "new"], regression: 1.2)
    #expect(result.code == 1 && result.errors.contains("3 slower by more than 0 %"))
    #expect(result.output.contains("− 0.8"))
    #expect(try Self.compare(["old", "new", "--fail-above", "50%"], regression: 1.2).code == 0)
  }

  @Test("two days, two sessions or two versions of one database")
  func parts() throws {
    for (old, new) in [("2026-01-01", "2026-01-02"), ("session-old", "session-new")] {
      let result = try Self.compare(
        ["--db", "both", "--old", old, "--new", new, "--format", "json"], regression: 1.2)
      #expect(result.code == 1 && result.output.contains("hone.compare/1"), "\(old)")
    }
    let same = try Self.compare(
      ["--db", "both", "--old", "openblas=0.3.21", "--new", "openblas=0.3.21"])
    #expect(same.code == 0 || same.code == 3)
  }

  @Test("2 where the data cannot be used, with the sessions that there are")
  func unusable() throws {
    let result = try Self.compare(["--db", "both", "--old", "1999", "--new", "2026"])
    #expect(result.code == 2 && result.errors.contains("session-new (2026-01-02)"))
    #expect(try Self.compare(["old", "nowhere"]).code == 2)
  }

  @Test("3 with the reason where there are too few samples")
  func tooFew() throws {
    let result = try Self.compare(["old", "new"], samples: 5)
    #expect(result.code == 3 && result.errors.contains("too few samples (5 of 6)"))
  }

  @Test("64 for wrong usage")
  func usage() throws {
    for arguments in [["old"], ["--db", "both"], ["old", "new", "--fail-above", "much"]] {
      #expect(try Self.compare(arguments).code == 64, "\(arguments)")
    }
  }
}
