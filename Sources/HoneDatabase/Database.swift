// Database.swift: a database as read: all records of all journals, as a set.

public import HoneCore

/// The records of one hardware class.
public struct HardwareClassRecords: Sendable {
  public let name: String
  /// nil where there is no usable host.json.
  public let host: HostDocument?
  /// Every record once, oldest first; records of the same time in the order of their ids.
  public let records: [StoredRecord]
  /// What is served: one row a problem, core count and policy (see `Winners`).
  public let best: [BestRow]
  /// False where a journal has lines of a newer schema; then nothing derived may replace what a newer Hone derived.
  public var isComplete: Bool { newerTexts.isEmpty }
  /// Those lines as they are.
  let newerTexts: [String]
}

/// A snapshot of a database. The order in which journals are read, and how records are spread over them, does not matter.
///
/// Nothing in a file makes reading fail: what cannot be read is skipped and listed in `findings`.
public struct Database: Sendable {
  public let path: String
  public let classes: [HardwareClassRecords]
  public let findings: [Finding]

  /// - Throws: `HoneError` where there is no such folder or it cannot be read.
  public init(path: String) throws {
    guard Files.exists(path) else {
      throw HoneError(
        .unusableData, "there is no tuning database at \(path)",
        advice: "Run `hone tune` to make one, or name another with --db.", context: ["path": path])
    }
    let layout = Layout(root: path)
    _ = try Files.names(in: path)
    var findings: [Finding] = []
    classes = try Files.names(in: layout.hosts).filter { Files.isFolder(layout.folder($0)) }.map {
      try Self.read($0, layout, &findings)
    }
    self.path = path
    self.findings = findings
  }

  init(path: String, classes: [HardwareClassRecords], findings: [Finding]) {
    self.path = path
    self.classes = classes
    self.findings = findings
  }

  static func read(
    _ name: String, _ layout: Layout, _ findings: inout [Finding], part: RecordPart = .all
  ) throws -> HardwareClassRecords {
    let journals = try journals(of: name, layout, part: part)
    findings += journals.flatMap(\.findings)
    let records = union(journals.map(\.records))
    var host: HostDocument?
    do {
      host = try HostDocument.read(layout.hostDocument(name))
    } catch let error as HoneError {
      findings.append(Finding(.error, path: layout.hostDocument(name), error.message))
    }
    return HardwareClassRecords(
      name: name, host: host, records: records, best: Winners.of(records),
      newerTexts: journals.flatMap(\.newerTexts))
  }

  /// A journal that goes while they are read was compacted: its records stand in another one, so reading begins again.
  static func journals(
    of name: String, _ layout: Layout, _ migration: RecordMigration = .current,
    part: RecordPart = .all
  ) throws -> [Journal] {
    let folder = layout.journals(name)
    for _ in 0..<100 {
      let names = try Files.names(in: folder).filter { $0.hasSuffix(Layout.journalSuffix) }
      let files = try names.map { ("\(folder)/\($0)", try Files.read("\(folder)/\($0)")) }
      if files.contains(where: { $0.1 == nil }) { continue }
      return files.map { Journal(path: $0.0, bytes: part.thinned($0.1 ?? []), migration) }
    }
    throw HoneError(
      .unusableData, "the journals in \(folder) change too fast to be read",
      advice: "Wait for the other program to end.", context: ["path": folder])
  }

  /// Set union by content address: commutative, associative, idempotent.
  static func union(_ sets: [[StoredRecord]]) -> [StoredRecord] {
    var records: [String: StoredRecord] = [:]
    for record in sets.joined() { records[record.id] = record }
    return records.values.sorted {
      ($0.record.provenance.time, $0.id) < ($1.record.provenance.time, $1.id)
    }
  }
}

// MARK: - Queries

extension Database {
  public subscript(hardwareClass: String) -> HardwareClassRecords? {
    classes.first { $0.name == hardwareClass }
  }

  /// Everything that is known of a problem on a hardware class, oldest first; `policy` is a policy's name.
  public func records(
    hardwareClass: String, problem: Problem, cores: Int, policy: String
  ) -> [StoredRecord] {
    (self[hardwareClass]?.records ?? []).filter {
      $0.record.cores == cores && $0.record.policy.name == policy && $0.record.problem == problem
    }
  }

  /// Was the problem tuned to the end over the space of that signature? Then some session served a finalist of it.
  /// - Parameter libraries: where given, only with these versions: a changed library asks for tuning again.
  public func isTuned(
    hardwareClass: String, problem: Problem, cores: Int, policy: String, space: String,
    libraries: [String: String]? = nil
  ) -> Bool {
    records(hardwareClass: hardwareClass, problem: problem, cores: cores, policy: policy)
      .contains {
        $0.record.provenance.space == space && Winners.isCandidate($0.record)
          && libraries ?? $0.record.provenance.libraries == $0.record.provenance.libraries
      }
  }

  public func record(id: String) -> StoredRecord? {
    classes.lazy.flatMap(\.records).first { $0.id == id }
  }
}

extension HardwareClassRecords {
  /// The records of one machine of the class, and what is served of these alone.
  public func keeping(machine: String) -> HardwareClassRecords {
    keeping(where: { $0.provenance.host == machine })
  }

  /// The records for which `isKept` holds, and what is served of these alone.
  public func keeping(where isKept: (Record) -> Bool) -> HardwareClassRecords {
    let kept = records.filter { isKept($0.record) }
    return HardwareClassRecords(
      name: name, host: host, records: kept, best: Winners.of(kept), newerTexts: newerTexts)
  }
}
