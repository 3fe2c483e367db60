// ReportSubject.swift: what a report is about: one host's records, its limits, and how much each problem matters.

public import HoneCore

/// The neutral input of every section. Made from a database, or by hand in tests.
public struct ReportSubject: Sendable {
  public var hardwareClass: String
  /// Facts about the host by name, in the order in which they are shown.
  public var facts: [(name: String, value: String)]
  /// nil where they were never measured.
  public var limits: HostLimits?
  /// Of the last-level cache; nil where it is not known. Problems that fit it are not held to the memory's bandwidth.
  public var lastLevelBytes: Int?
  /// Everything that was tried.
  public var records: [Record]
  /// What is served, one record a problem, core count and policy, in the order in which it is shown.
  public var served: [Record]
  /// Titles of problems that were asked for and are not served yet.
  public var missing: [String]
  /// How often each problem occurs in one unit of work; those that are absent count once.
  public var weights: [Problem: Double]

  public init(
    hardwareClass: String, facts: [(name: String, value: String)] = [], limits: HostLimits? = nil,
    lastLevelBytes: Int? = nil, records: [Record], served: [Record],
    missing: [String] = [], weights: [Problem: Double] = [:]
  ) {
    self.hardwareClass = hardwareClass
    self.facts = facts
    self.limits = limits
    self.lastLevelBytes = lastLevelBytes
    self.records = records
    self.served = served
    self.missing = missing
    self.weights = weights
  }

  /// One row a served record.
  public var rows: [ResultRow] {
    // Looked up by problem: a host may have many thousand records.
    let finals = records.filter { $0.stage == .final && $0.outcome == .measured }
    let peers = Dictionary(grouping: finals) { $0.problem }
    return served.map { ResultRow($0, in: self, peers: peers[$0.problem] ?? []) }
  }
}
