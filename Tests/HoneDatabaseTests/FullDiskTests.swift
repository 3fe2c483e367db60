// FullDiskTests.swift: a file system without space is a clear error, and what was there stays.

import Foundation
import Glibc
import HoneCore
import Testing

@testable import HoneDatabase

/// A file system of 64 KiB, where this process may mount one.
private final class TinyFileSystem: Sendable {
  let path: String

  init?() {
    path = FileManager.default.temporaryDirectory.path + "/hone-tmpfs-\(UUID().uuidString)"
    guard mkdir(path, 0o755) == 0 else { return nil }
    guard mount("none", path, "tmpfs", 0, "size=64k") == 0 else {
      rmdir(path)
      return nil
    }
  }

  deinit {
    umount2(path, Int32(MNT_DETACH))
    rmdir(path)
  }

  static let isAllowed = TinyFileSystem() != nil
}

@Suite(.enabled(if: TinyFileSystem.isAllowed, "this process may not mount a file system"))
struct FullDiskTests {
  @Test("a full disk ends appending with a clear word, and keeps every acknowledged record")
  func full() throws {
    let disk = try #require(TinyFileSystem())
    let writer = try DatabaseWriter(
      path: disk.path, hardwareClass: Sample.hardwareClass, host: Sample.host)
    var acknowledged: [String] = []
    var failure: HoneError?
    for kc in 0..<1000 where failure == nil {
      do {
        acknowledged.append(
          try writer.append(
            Sample.served(
              configuration: Sample.configuration(kc: kc),
              provenance: Sample.provenance(session: "s\(kc)"))))
      } catch let error as HoneError {
        failure = error
      }
    }
    #expect(failure?.message.contains("No space left") == true)
    #expect(failure?.advice.contains("Free space") == true)
    #expect(acknowledged.count > 10)
    // Neither best.json nor a merge or a compaction may damage what is there.
    #expect(throws: HoneError.self) { try writer.refreshBest() }
    _ = try? Database.compact(path: disk.path)
    let other = TemporaryFolder()
    _ = try other.write(Sample.journalName(), try Sample.journal([Sample.served(median: 2e-3)]))
    #expect(throws: HoneError.self) { _ = try Database.merge([other.path], into: disk.path) }
    let database = try Database(path: disk.path)
    #expect(Set(database.classes.flatMap(\.records).map(\.id)).isSuperset(of: acknowledged))
    #expect(try database.validate().filter { $0.severity == .error } == [])
  }
}
