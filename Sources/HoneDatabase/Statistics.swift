// Statistics.swift: how much there is in a database, in numbers.

public struct HardwareClassStatistics: Hashable, Sendable, Codable {
  public var hardwareClass: String
  public var journals: Int
  public var bytes: Int
  public var records: Int
  /// Outcome → records: "measured", "wrong", "failed" …
  public var outcomes: [String: Int]
  public var finals: Int
  public var hosts: Int
  public var sessions: Int
  public var problems: Int
  /// Rows of best.json.
  public var served: Int
  /// Of these, how many are faster than the default.
  public var faster: Int
}

extension Database {
  public func statistics() throws -> [HardwareClassStatistics] {
    let layout = Layout(root: path)
    return try classes.map { records in
      let all = records.records.map(\.record)
      let folder = layout.journals(records.name)
      let files = try Files.names(in: folder).filter { $0.hasSuffix(Layout.journalSuffix) }
      return HardwareClassStatistics(
        hardwareClass: records.name, journals: files.count,
        bytes: try files.reduce(0) { $0 + (try Files.read("\(folder)/\($1)")?.count ?? 0) },
        records: all.count,
        outcomes: Dictionary(grouping: all) { $0.outcome.rawValue }.mapValues(\.count),
        finals: all.count { $0.stage == .final }, hosts: Set(all.map(\.provenance.host)).count,
        sessions: Set(all.map(\.provenance.session)).count, problems: Set(all.map(\.problem)).count,
        served: records.best.count,
        faster: records.best.count { !$0.record.isDefault })
    }
  }
}
