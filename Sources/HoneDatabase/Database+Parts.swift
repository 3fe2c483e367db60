// Database+Parts.swift: reads only the records that a question needs, from many hosts at once.

internal import Dispatch
internal import Glibc
internal import HoneCore
internal import Synchronization

/// Which records are read. What is left out is not checked either.
public enum RecordPart: Sendable, Comparable {
  /// Those that are served: what `best` is made of.
  case served
  /// Finalists, whoever won.
  case finals
  case all
}

extension Database {
  /// Reads a part of a database, as many hardware classes at a time as there are processors. The result is that of `init(path:)` with some records left out;
  /// `best` is the same, since only served records make it.
  ///
  /// A line that a writer wrote ends in whether it is served and at which stage it was made, so one that is not wanted is known by its last bytes and never
  /// parsed. A line that somebody wrote otherwise is parsed like any.
  public init(path: String, part: RecordPart) throws {
    guard part != .all else {
      self = try Database(path: path)
      return
    }
    guard Files.exists(path) else { throw Self.missing(path) }
    let layout = Layout(root: path)
    let names = try Files.names(in: layout.hosts).filter { Files.isFolder(layout.folder($0)) }
    let results = Mutex([Int: Result<(HardwareClassRecords, [Finding]), any Error>]())
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      let result = Result {
        var findings: [Finding] = []
        let records = try Self.read(names[index], layout, &findings, part: part)
        return (records, findings)
      }
      results.withLock { $0[index] = result }
    }
    let read = try results.withLock { results in
      try names.indices.compactMap { try results[$0]?.get() }
    }
    self.init(path: path, classes: read.map(\.0), findings: read.flatMap(\.1))
  }

  private static func missing(_ path: String) -> HoneError {
    HoneError(
      .unusableData, "there is no tuning database at \(path)",
      advice: "Run `hone tune` to make one, or name another with --db.", context: ["path": path])
  }

  /// Bytes of all journals.
  public static func journalBytes(path: String) throws -> Int {
    let layout = Layout(root: path)
    var total = 0
    for name in try Files.names(in: layout.hosts) {
      let folder = layout.journals(name)
      for file in try Files.names(in: folder) where file.hasSuffix(Layout.journalSuffix) {
        total += Files.size("\(folder)/\(file)")
      }
    }
    return total
  }
}

extension RecordPart {
  private static let screened = Array("\"served\":false,\"stage\":\"screen\"}".utf8)
  private static let lost = Array("\"served\":false,\"stage\":\"final\"}".utf8)

  /// Is the line of a journal surely not of this part?
  func leavesOut(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    switch self {
    case .all: false
    case .finals: Self.ends(line, in: Self.screened)
    case .served: Self.ends(line, in: Self.screened) || Self.ends(line, in: Self.lost)
    }
  }

  private static func ends(_ line: UnsafeBufferPointer<UInt8>, in tail: [UInt8]) -> Bool {
    guard line.count >= tail.count, let start = line.baseAddress else { return false }
    return memcmp(start + line.count - tail.count, tail, tail.count) == 0
  }

  /// The file with the lines that are left out made empty, so that the others keep their numbers; a last line without its break stays.
  func thinned(_ bytes: [UInt8]) -> [UInt8] {
    guard self != .all else { return bytes }
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count / 8)
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var start = 0
      while start < buffer.count {
        guard let found = memchr(base + start, 0x0A, buffer.count - start) else { break }
        let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        let line = UnsafeBufferPointer(rebasing: buffer[start..<end])
        if !leavesOut(line) { kept.append(contentsOf: line) }
        kept.append(0x0A)
        start = end + 1
      }
      kept.append(contentsOf: buffer[start...])
    }
    return kept
  }
}
