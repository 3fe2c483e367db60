// ReportFleetCommandTests.swift: `hone report` about several hosts, as people run it: good input, bad input, exit codes.

import Foundation
import HoneTesting
import Testing

@Suite("hone report of several hosts")
struct ReportFleetCommandTests {
  /// Databases of invented machines in a folder of their own.
  static func databases(_ body: (URL) throws -> Void) throws {
    let folder = try HoneProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let session = SyntheticSession(problems: SyntheticProblems.gemm(3), screened: 1, samples: 12)
    for index in 0..<2 {
      try SyntheticHost(index: index).write(session, to: folder.appending(path: "db").path)
    }
    let others = SyntheticSession(
      problems: Array(SyntheticProblems.gemm(5).suffix(2)), screened: 1, samples: 12)
    try SyntheticHost(index: 2).write(others, to: folder.appending(path: "apart").path)
    try body(folder)
  }

  @Test("hosts stand side by side, marked as synthetic")
  func sideBySide() throws {
    try Self.databases { folder in
      let result = try HoneProcess.run("report", "all", "--db", "db", in: folder)
      #expect(result.code == 0 && result.errors.isEmpty)
      #expect(result.output.contains("synthetic-000-x86v3-8c (base)"))
      #expect(result.output.contains("All hosts: synthetic: made by a generator"))
      let base = try HoneProcess.run(
        "report", "synthetic-000", "synthetic-001", "--db", "db", "--baseline", "synthetic-001",
        in: folder)
      #expect(base.output.contains("synthetic-001-x86v4-16c (base)"))
    }
  }

  @Test("one host of a fleet is reported as a single host always was")
  func oneHost() throws {
    try Self.databases { folder in
      let result = try HoneProcess.run("report", "synthetic-000", "--db", "db", in: folder)
      #expect(result.code == 0 && result.output.contains("hardware class"))
      #expect(result.output.contains("vs default"))
    }
  }

  @Test("hosts without a common problem: each is shown, the reason is said, exit code 3")
  func nothingInCommon() throws {
    try Self.databases { folder in
      let result = try HoneProcess.run(
        "report", "--db", "one=db", "--db", "two=apart", in: folder)
      #expect(result.code == 3 && result.errors.contains("no problem in common"))
      #expect(result.output.contains("synthetic-002"))
    }
  }

  @Test("an unknown host is answered with the nearest names, exit code 64")
  func unknownHost() throws {
    try Self.databases { folder in
      let result = try HoneProcess.run("report", "sinthetic-000", "--db", "db", in: folder)
      #expect(result.code == 64 && result.errors.contains("Did you mean: synthetic-000"))
      let ambiguous = try HoneProcess.run("report", "synthetic", "--db", "db", in: folder)
      #expect(ambiguous.code == 64 && ambiguous.errors.contains("several hosts"))
      let base = try HoneProcess.run("report", "all", "--db", "db", "--baseline", "x", in: folder)
      #expect(base.code == 64 && base.errors.contains("none of the hosts"))
    }
  }

  @Test("an empty database and one that is not there are said in a sentence, exit code 2")
  func emptyDatabase() throws {
    let folder = try HoneProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appending(path: "db/hosts"), withIntermediateDirectories: true)
    let empty = try HoneProcess.run("report", "all", "--db", "db", in: folder)
    #expect(empty.code == 2 && empty.errors.contains("there are no records in db"))
    let missing = try HoneProcess.run("report", "all", "--db", "nowhere", in: folder)
    #expect(missing.code == 2 && missing.errors.contains("no tuning database at nowhere"))
  }

  @Test("a damaged line of a journal is reported and skipped; the rest is shown")
  func damagedJournal() throws {
    try Self.databases { folder in
      let journals = folder.appending(path: "db/hosts/synthetic-000-x86v3-8c/journal")
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: journals.path).first)
      let file = journals.appending(path: name)
      var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      lines.insert("{\"schema\":\"hone.record/1\",\"id\":\"sha256:00\"}", at: 1)
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
      let result = try HoneProcess.run("report", "all", "--db", "db", in: folder)
      #expect(result.code == 0 && result.errors.contains(":2: error:"))
      #expect(result.output.contains("synthetic-000"))
    }
  }

  @Test("a wrong filter, field or section is wrong usage")
  func wrongUsage() throws {
    let folder = try HoneProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for arguments in [["--filter", "corse:1"], ["--rows", "colour"], ["--section", "colours"]] {
      let result = try HoneProcess(["report", "all"] + arguments, in: folder).result()
      #expect(result.code == 64, "\(arguments)")
    }
  }
}
