// ReportSubject+Database.swift: what a report is about, read from a database.

public import HoneCore
public import HoneDatabase

/// A problem that a report is wanted for, and how often it occurs in one unit of work.
public struct WantedProblem: Sendable {
  public var problem: Problem
  public var policy: MeasurementPolicy
  public var weight: Double

  public init(_ problem: Problem, policy: MeasurementPolicy, weight: Double) {
    self.problem = problem
    self.policy = policy
    self.weight = weight
  }
}

extension ReportSubject {
  /// - Parameter wanted: only these, in this order; nil: everything that is served, in the order of the problems' keys.
  public init(_ known: HardwareClassRecords, wanted: [WantedProblem]? = nil) {
    let hardware = HardwareDescription(known.host?.hardware ?? .null)
    self.init(
      hardwareClass: known.name, facts: hardware.facts, limits: known.host?.limits,
      lastLevelBytes: hardware.lastLevelBytes, records: known.records.map(\.record),
      served: known.best.map(\.record))
    if let wanted { restrict(to: wanted) }
  }

  private mutating func restrict(to wanted: [WantedProblem]) {
    let all = served
    served = []
    for entry in wanted {
      let matches = all.filter { $0.problem == entry.problem && $0.policy == entry.policy }
      if matches.isEmpty { missing.append(ResultRow.title(of: entry.problem)) }
      served += matches.sorted { $0.cores < $1.cores }
      weights[entry.problem] = entry.weight
    }
  }
}
