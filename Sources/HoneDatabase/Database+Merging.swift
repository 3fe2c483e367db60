// Database+Merging.swift: the union of databases, and where they disagree about what to serve.

internal import Glibc
public import HoneCore

/// Two databases serve different configurations for a row, and neither time is within the noise floor of the other.
public struct Contest: Hashable, Sendable, Codable {
  public var hardwareClass: String
  public var problem: Problem
  public var cores: Int
  public var policy: String
  public var here: Configuration
  /// Seconds.
  public var hereSeconds: Double
  public var there: Configuration
  public var thereSeconds: Double
  /// What is served after the merge.
  public var served: Configuration
}

public struct MergeReport: Hashable, Sendable, Codable {
  public var added = 0
  /// Records that were there already.
  public var known = 0
  public var contests: [Contest] = []
  /// What could not be read in the databases that were merged in.
  public var findings: [Finding] = []

  public init() {}
}

extension Database {
  /// Adds the records of other databases: set union by content address, so that order and repetition do not matter. Fields that this version
  /// does not know, and records of newer versions, come along as they are.
  public static func merge(_ sources: [String], into path: String) throws -> MergeReport {
    var report = MergeReport()
    let others = try sources.map { try Database(path: $0) }
    try Files.makeFolder(Layout(root: path).hosts)
    for other in others {
      report.findings += other.findings
      for records in other.classes {
        guard Layout.isName(records.name) else { continue }
        try merge(records, of: other, into: path, &report)
      }
    }
    report.contests.sort {
      ($0.hardwareClass, $0.problem.key, $0.cores, $0.policy)
        < ($1.hardwareClass, $1.problem.key, $1.cores, $1.policy)
    }
    return report
  }

  /// The name of the journals that merging writes.
  static let mergedHost = "merged"

  private static func merge(
    _ records: HardwareClassRecords, of other: Database, into path: String,
    _ report: inout MergeReport
  ) throws {
    let layout = Layout(root: path)
    try Files.makeFolder(layout.folder(records.name))
    var unread: [Finding] = []
    let own = try read(records.name, layout, &unread)
    let known = Set(own.records.map(\.id))
    let missing = records.records.filter { !known.contains($0.id) }
    let newer = Set(records.newerTexts).subtracting(own.newerTexts).sorted()
    report.added += missing.count
    report.known += records.records.count - missing.count
    if !missing.isEmpty || !newer.isEmpty {
      let journal = try JournalFile.open(
        in: layout, hardwareClass: records.name, host: mergedHost)
      let text = (missing.map(\.text) + newer).map { $0 + "\n" }.joined()
      try journal.append(text, durable: true)
    }
    try mergeHosts(records, layout)
    let merged = try read(records.name, layout, &unread)
    report.contests += contests(own, records, merged)
    if merged.isComplete { try BestTable.rebuild(in: path, hardwareClass: records.name) }
  }

  /// Of limits the larger ones; a description of the hardware only where there is none.
  private static func mergeHosts(_ records: HardwareClassRecords, _ layout: Layout) throws {
    guard let theirs = records.host else { return }
    let path = layout.hostDocument(records.name)
    try Files.alone(in: layout.folder(records.name)) {
      var document = try HostDocument.read(path) ?? theirs
      if let limits = theirs.limits {
        document.limits = document.limits.map { $0.merging(limits) } ?? limits
      }
      try Files.replace(path, with: Array(try document.text().utf8))
    }
  }

  private static func contests(
    _ own: HardwareClassRecords, _ other: HardwareClassRecords, _ merged: HardwareClassRecords
  ) -> [Contest] {
    let theirs = Dictionary(other.best.map { ($0.key, $0) }) { first, _ in first }
    let served = Dictionary(merged.best.map { ($0.key, $0) }) { first, _ in first }
    // What was known here already is no news, whatever the other database makes of it.
    let known = Set(own.records.map(\.id))
    return own.best.compactMap { here in
      guard let there = theirs[here.key], !known.contains(there.stored.id),
        there.configuration != here.configuration, !here.isTied(with: there),
        let winner = served[here.key]
      else { return nil }
      return Contest(
        hardwareClass: merged.name, problem: here.problem, cores: here.cores,
        policy: here.policy.name, here: here.configuration, hereSeconds: here.median,
        there: there.configuration, thereSeconds: there.median, served: winner.configuration)
    }
  }
}

extension BestRow {
  /// Is the difference of the medians within the larger noise floor of the two?
  func isTied(with other: BestRow) -> Bool {
    let floor = max(record.noiseFloor ?? 0, other.record.noiseFloor ?? 0)
    return max(median, other.median) <= min(median, other.median) * (1 + floor)
  }
}
