// Database+Compacting.swift: fewer, sorted journals; and fewer records where losers were superseded.

internal import HoneCore

extension Database {
  /// Many journals of a host become one sorted file. No record is lost; journals that somebody writes are left alone.
  public static func compact(path: String, isDry: Bool = false) throws -> [JournalRewrite] {
    try rewrite(path: path, isDry: isDry) { _ in { _ in true } }
  }

  /// Drops losers and failures of sessions that newer sessions superseded: for each problem, core count and policy the records of the newest
  /// `sessions` sessions that served something stay whole. What was ever served stays, and so does what a served record was compared with.
  ///
  /// A record that is dropped here comes back when a database that still has it is merged in.
  public static func collectGarbage(path: String, keeping sessions: Int = 1, isDry: Bool = false)
    throws -> [JournalRewrite]
  {
    let reports = try rewrite(path: path, isDry: isDry) { records in
      let collection = GarbageCollection(records, keeping: max(1, sessions))
      return { !collection.isGarbage($0.record) }
    }
    return reports
  }

  private static func rewrite(
    path: String, isDry: Bool,
    keeping rule: (HardwareClassRecords) -> (StoredRecord) -> Bool
  ) throws -> [JournalRewrite] {
    let layout = Layout(root: path)
    return try Database(path: path).classes.flatMap { records in
      try Files.alone(in: layout.folder(records.name)) {
        let isKept = rule(records)
        let known = Set(records.records.map(\.id))
        let rewriting = JournalRewriting(layout: layout, hardwareClass: records.name)
        return try rewriting.hosts().map { host, paths in
          // What was written since the rule was made is not judged by it.
          try rewriting.rewrite(host: host, paths: paths, isDry: isDry) {
            !known.contains($0.id) || isKept($0)
          }
        }
      }
    }
  }
}

/// Which records nobody needs: a function of the set of records.
private struct GarbageCollection {
  /// Sessions whose records stay whole, by row.
  private var sessions: [BestRow.Key: Set<String>] = [:]
  /// Configurations that served records name.
  private var named: [BestRow.Key: Set<Configuration>] = [:]

  init(_ records: HardwareClassRecords, keeping count: Int) {
    let served = records.records.map(\.record).filter(Winners.isCandidate)
    for (key, group) in Dictionary(grouping: served, by: BestRow.Key.init) {
      var newest: [String] = []
      for record in group.reversed() where !newest.contains(record.provenance.session) {
        newest.append(record.provenance.session)
      }
      sessions[key] = Set(newest.prefix(count))
      named[key] = Set(group.flatMap { [$0.configuration] + $0.comparisons.map(\.against) })
    }
    // What `best.json` serves may be older than the newest session: its session stays, too.
    for row in records.best { sessions[row.key]?.insert(row.record.provenance.session) }
  }

  func isGarbage(_ record: Record) -> Bool {
    let key = BestRow.Key(record)
    guard !record.served, let kept = sessions[key] else { return false }
    return !kept.contains(record.provenance.session)
      && named[key]?.contains(record.configuration) != true
  }
}
