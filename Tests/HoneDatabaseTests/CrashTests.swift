// CrashTests.swift: writers that are killed at random moments lose nothing that they had acknowledged.

import Foundation
import Glibc
import HoneCore
import Testing

@testable import HoneDatabase

private let childVariable = "HONE_TEST_CRASH_FOLDER"
private let childFolder = ProcessInfo.processInfo.environment[childVariable]

@Suite struct CrashTests {
  @Test("every acknowledged record survives kill -9 of several writers at once")
  func killedWriters() throws {
    let folder = TemporaryFolder()
    var generator = SeededGenerator(seed: 17)
    for round in 1...3 {
      let children = try (0..<3).map { try spawnWriter(folder, name: "\(round)-\($0)") }
      try waitForAcknowledgements(folder, of: children.count, round: round)
      usleep(UInt32(generator.below(40_000)))
      for child in children {
        kill(child.processIdentifier, SIGKILL)
        usleep(UInt32(generator.below(3000)))
      }
      for child in children { child.waitUntilExit() }
      try check(folder, round: round)
    }
  }

  @Test(
    "a file system that takes only half a line loses neither what was there nor the journal's order"
  )
  func fullFileSystem() throws {
    let folder = TemporaryFolder()
    // The limit on file sizes stands for a full disk: a write is cut short first, the next one fails.
    let child = try spawnWriter(folder, name: "1-0", under: "trap '' XFSZ; ulimit -f 32; ")
    child.waitUntilExit()
    let journal = try folder.read(Sample.journalName())
    #expect(journal.last == UInt8(ascii: "\n"), "the half line is taken back")
    try check(folder, round: 1)
  }

  /// This test program again, with nothing to do but `writer()` below.
  private func spawnWriter(_ folder: TemporaryFolder, name: String, under limits: String = "")
    throws -> Process
  {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
    let arguments = ["--testing-library", "swift-testing", "--filter", "CrashTests/writer"]
    process.arguments = ["-c", "\(limits)exec \"$0\" \"$@\"", program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      [childVariable: folder.path, "HONE_TEST_CRASH_NAME": name]
    ) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func acknowledged(_ folder: TemporaryFolder) throws -> [String: [Substring]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasPrefix("acks-") }.reduce(into: [:]) { found, name in
      let text = String(decoding: try folder.read(name), as: UTF8.self)
      // The last acknowledgement may itself be cut off.
      found[name] = text.split(separator: "\n").filter { $0.count == 7 + 64 }
    }
  }

  private func waitForAcknowledgements(_ folder: TemporaryFolder, of writers: Int, round: Int)
    throws
  {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      let own = try acknowledged(folder).filter { $0.key.hasPrefix("acks-\(round)-") }
      if own.values.count(where: { $0.count > 2 }) == writers { return }
      usleep(2000)
    }
    Issue.record("the writers did not start within a minute")
  }

  private func check(_ folder: TemporaryFolder, round: Int) throws {
    let database = try Database(path: folder.path)
    let known = Set(database.classes.flatMap(\.records).map(\.id))
    let promised = Set(try acknowledged(folder).values.joined().map(String.init))
    #expect(promised.count >= round * 9)
    #expect(promised.subtracting(known).isEmpty, "acknowledged and lost")
    #expect(try database.validate().allSatisfy { $0.severity == .note })
    _ = try Database.rebuild(path: folder.path)
  }

  @Test(
    "the writer that is killed",
    .enabled(if: childFolder != nil, "only the crash test starts it, as a process of its own"))
  func writer() throws {
    let folder = try #require(childFolder)
    let name = ProcessInfo.processInfo.environment["HONE_TEST_CRASH_NAME"] ?? ""
    let writer = try DatabaseWriter(
      path: folder, hardwareClass: Sample.hardwareClass, host: Sample.host)
    let acks = open("\(folder)/acks-\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    // Not longer than the test that started it.
    let parent = getppid()
    for step in 0..<100_000 where getppid() == parent {
      let provenance = Sample.provenance(session: name)
      var record = Sample.served(
        configuration: Sample.configuration(kc: step), provenance: provenance)
      // Like a session: many candidates, now and then a finalist.
      if step % 50 != 1 { (record.stage, record.comparisons) = (.screen, []) }
      record.served = false
      let id = Array((try writer.append(record) + "\n").utf8)
      #expect(write(acks, id, id.count) == id.count)
    }
  }
}
