// Database+Migration.swift: rewrites records of older versions as records of this one.

internal import HoneCore

public struct MigrationReport: Hashable, Sendable, Codable {
  /// The version that records have afterwards.
  public var version: Int
  /// Records that are of it, before the migration too.
  public var current: Int
  public var migrated: Int
}

extension Database {
  /// - Throws: `HoneError` where a record is of a newer version: that one this version must not touch.
  public static func migrate(path: String, isDry: Bool = false) throws -> MigrationReport {
    try migrate(path: path, isDry: isDry, by: .current)
  }

  static func migrate(path: String, isDry: Bool, by migration: RecordMigration) throws
    -> MigrationReport
  {
    let layout = Layout(root: path)
    var report = MigrationReport(version: migration.newest, current: 0, migrated: 0)
    for records in try Database(path: path).classes {
      let journals = try journals(of: records.name, layout, migration)
      if let newer = journals.first(where: { $0.newerLines > 0 }) {
        throw HoneError(
          .unusableData, "\(newer.path) holds records of a newer Hone, and nothing was migrated",
          advice: "Update Hone, then migrate.", context: ["path": newer.path])
      }
      let old = journals.flatMap { $0.records }.filter(\.isMigrated)
      report.migrated += old.count
      report.current += journals.reduce(0) { $0 + $1.records.count } - old.count
      if isDry || old.isEmpty { continue }
      try Files.alone(in: layout.folder(records.name)) {
        let rewriting = JournalRewriting(
          layout: layout, hardwareClass: records.name, migration: migration)
        for (host, paths) in try rewriting.hosts() {
          _ = try rewriting.rewrite(host: host, paths: paths, isDry: false) { _ in true }
        }
      }
    }
    return report
  }
}
