// DatabaseWriter.swift: appends records to a database and renews what is derived from them.

public import HoneCore

/// One writer of one hardware class. Any number of writers, in any number of processes, may write the same database.
public final class DatabaseWriter: Sendable {
  public let path: String
  public let hardwareClass: String
  public let host: String
  private let journal: JournalFile
  private let layout: Layout

  /// Makes the folders where they are missing and takes a journal of its own.
  /// - Parameters:
  ///   - hardwareClass: a word that may name a folder.
  ///   - host: the host's random identifier (see `HostIdentifier`), a word that may name a file.
  public init(path: String, hardwareClass: String, host: String) throws {
    for name in [hardwareClass, host] where !Layout.isName(name) {
      throw HoneError(
        .usage, "'\(name)' cannot name a folder of a database",
        advice: "Use letters, digits, '.', '_', '+' and '-', and no leading dot.")
    }
    self.path = path
    self.hardwareClass = hardwareClass
    self.host = host
    layout = Layout(root: path)
    journal = try JournalFile.open(in: layout, hardwareClass: hardwareClass, host: host)
  }

  /// What was found and repaired in the journal when it was opened.
  public var findings: [Finding] { journal.findings }
  public var journalPath: String { journal.path }

  /// Appends a record and returns its id. When this returns, a `kill -9` of the process loses nothing; after a final record, nor does
  /// a power cut. Safe to call from several threads.
  /// - Throws: `HoneError` where the record contradicts itself (see `Invariants`) or the file system refuses; the journal is as before then.
  @discardableResult
  public func append(_ record: Record) throws -> String {
    let stored = try checked(record)
    try journal.append(stored.line, durable: record.stage == .final)
    return stored.id
  }

  /// Appends many records as one durable write: all of them or, where one contradicts itself, none.
  public func append(contentsOf records: [Record]) throws {
    let lines = try records.map { try checked($0).line }
    try journal.append(lines.joined(), durable: true)
  }

  private func checked(_ record: Record) throws -> StoredRecord {
    var reasons = Invariants.violations(of: record)
    if record.provenance.hardwareClass != hardwareClass || record.provenance.host != host {
      reasons.append("its provenance names another host or hardware class than the writer's")
    }
    guard reasons.isEmpty else {
      throw HoneError(
        .internal, "a record contradicts itself: \(reasons.joined(separator: "; "))",
        advice: "Please report this.", context: ["configuration": record.configuration.key])
    }
    return try StoredRecord(record)
  }

  /// Rebuilds `best.json` of this hardware class from all journals.
  public func refreshBest() throws {
    try BestTable.rebuild(in: path, hardwareClass: hardwareClass)
  }

  /// Replaces `host.json`.
  /// - Parameters:
  ///   - hardware: what the hardware is; any JSON object, stored as it is.
  ///   - limits: nil where they were not measured; then those in the old document stay.
  ///   - tool: "hone 0.1.0".
  public func writeHost(hardware: JSONValue, limits: HostLimits?, tool: String) throws {
    let folder = layout.folder(hardwareClass)
    try Files.alone(in: folder) {
      var document = HostDocument(
        hardwareClass: hardwareClass, hardware: hardware, limits: limits, tool: tool)
      let path = layout.hostDocument(hardwareClass)
      if limits == nil { document.limits = try? HostDocument.read(path)?.limits }
      try Files.replace(path, with: Array(try document.text().utf8))
    }
  }
}
