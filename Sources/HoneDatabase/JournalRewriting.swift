// JournalRewriting.swift: replaces the journals of a host that nobody writes by one sorted file, without losing a record.

internal import Glibc
internal import HoneCore

/// What became of the journals of one host.
public struct JournalRewrite: Hashable, Sendable, Codable {
  public var hardwareClass: String
  public var host: String
  /// Journals that were read and replaced.
  public var journals: Int
  /// Journals left as they are: somebody writes them, or a line in them is damaged.
  public var skipped: [String]
  public var recordsBefore: Int
  public var recordsAfter: Int
  public var bytesBefore: Int
  public var bytesAfter: Int
}

/// **Safety.** A writer's lock lies on the journal's file, so a journal that can be locked has no writer, and a writer that opened it before
/// notices that its name has gone (see `JournalFile.open`). The new file replaces the first journal in one rename, and only then the others
/// go: a crash in between leaves records twice, which means nothing. Where the file system has no locks nobody can tell, and nothing is changed.
struct JournalRewriting {
  let layout: Layout
  let hardwareClass: String
  var migration = RecordMigration.current

  private struct Held {
    var path: String
    var descriptor: Int32
    var journal: Journal
    var bytes: Int
  }

  /// Host identifiers → journals' paths.
  func hosts() throws -> [(host: String, paths: [String])] {
    let folder = layout.journals(hardwareClass)
    let names = try Files.names(in: folder).filter { $0.hasSuffix(Layout.journalSuffix) }
    let groups = Dictionary(grouping: names, by: Self.host)
    return groups.sorted { $0.key < $1.key }.map { host, names in
      let ordered = names.sorted { (Self.number($0), $0) < (Self.number($1), $1) }
      return (host, ordered.map { "\(folder)/\($0)" })
    }
  }

  private static func host(_ name: String) -> String {
    let stem = name.dropLast(Layout.journalSuffix.count)
    return String(stem[..<(stem.lastIndex(of: "-") ?? stem.endIndex)])
  }

  private static func number(_ name: String) -> Int {
    let stem = name.dropLast(Layout.journalSuffix.count)
    return stem.lastIndex(of: "-").flatMap { Int(stem[stem.index(after: $0)...]) } ?? .max
  }

  /// - Parameters:
  ///   - keeping: which records stay.
  ///   - isDry: then nothing is written.
  func rewrite(
    host: String, paths: [String], isDry: Bool, keeping isKept: (StoredRecord) -> Bool
  ) throws -> JournalRewrite {
    var report = JournalRewrite(
      hardwareClass: hardwareClass, host: host, journals: 0, skipped: [], recordsBefore: 0,
      recordsAfter: 0, bytesBefore: 0, bytesAfter: 0)
    let held = try hold(paths, &report)
    defer { for journal in held { close(journal.descriptor) } }
    let records = Database.union(held.map(\.journal.records))
    let kept = records.filter(isKept)
    let newer = Array(Set(held.flatMap(\.journal.newerTexts))).sorted()
    let text = (kept.map(\.text) + newer).map { $0 + "\n" }.joined()
    report.journals = held.count
    (report.recordsBefore, report.recordsAfter) = (records.count, kept.count)
    report.bytesBefore = held.reduce(0) { $0 + $1.bytes }
    report.bytesAfter = text.utf8.count
    guard let first = held.first, !isDry,
      held.count > 1 || text.utf8.count != report.bytesBefore || kept.contains(where: \.isMigrated)
    else { return report }
    try Files.replace(first.path, with: Array(text.utf8))
    for journal in held.dropFirst() where unlink(journal.path) != 0 {
      throw Files.failure("remove", journal.path)
    }
    try Files.sync(folder: layout.journals(hardwareClass))
    return report
  }

  private func hold(_ paths: [String], _ report: inout JournalRewrite) throws -> [Held] {
    var held: [Held] = []
    for path in paths {
      let descriptor = open(path, O_RDWR | O_CLOEXEC)
      if descriptor < 0 && errno == ENOENT { continue }
      guard descriptor >= 0 else { throw Files.failure("write", path) }
      guard Files.lock(descriptor) == .held, Files.isStill(descriptor, at: path) else {
        close(descriptor)
        report.skipped.append(path)
        continue
      }
      let bytes = try Files.read(descriptor, path)
      let journal = Journal(path: path, bytes: bytes, migration)
      // A damaged line may be worth mending by hand; a torn tail was never acknowledged.
      guard journal.findings.allSatisfy({ $0.severity == .note || journal.isNewer($0) }) else {
        close(descriptor)
        report.skipped.append(path)
        continue
      }
      held.append(Held(path: path, descriptor: descriptor, journal: journal, bytes: bytes.count))
    }
    return held
  }
}
