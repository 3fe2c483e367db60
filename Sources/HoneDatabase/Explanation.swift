// Explanation.swift: why a row is served: against whom it was measured, by whom, when, and what else was tried.

public import HoneCore

public struct Explanation: Hashable, Sendable, Encodable {
  public var record: String
  public var problem: Problem
  public var cores: Int
  public var policy: MeasurementPolicy
  public var configuration: Configuration
  public var measurement: Measurement?
  public var proof: Proof?
  public var noiseFloor: Double?
  public var comparisons: [Comparison]
  public var provenance: Provenance
  /// The fastest other finalist of the same session, and how much slower its median is: 0.03 is 3 %. nil where there was none.
  public var runnerUp: Configuration?
  public var runnerUpBehind: Double?
  /// The paired verdict on this configuration against the runner-up, where there was one.
  public var againstRunnerUp: Comparison?
  /// How what was tried in the same session ended: outcome → number of configurations.
  public var tried: [String: Int]
  /// Sessions that tuned this problem under these conditions, this one included.
  public var sessions: Int
  /// Who thought of it; nil where nobody noted it.
  public var origin: String?
  /// The finalists that are not shown to differ from the best, itself included; nil where it stands alone.
  public var tied: [Configuration]?
  /// How far the search had come; nil where it was not noted.
  public var search: SearchEnd?

  public init(
    record: String, problem: Problem, cores: Int, policy: MeasurementPolicy,
    configuration: Configuration, measurement: Measurement?, proof: Proof?, noiseFloor: Double?,
    comparisons: [Comparison], provenance: Provenance, runnerUp: Configuration?,
    runnerUpBehind: Double?, againstRunnerUp: Comparison?, tried: [String: Int], sessions: Int
  ) {
    self.record = record
    self.problem = problem
    self.cores = cores
    self.policy = policy
    self.configuration = configuration
    self.measurement = measurement
    self.proof = proof
    self.noiseFloor = noiseFloor
    self.comparisons = comparisons
    self.provenance = provenance
    self.runnerUp = runnerUp
    self.runnerUpBehind = runnerUpBehind
    self.againstRunnerUp = againstRunnerUp
    self.tried = tried
    self.sessions = sessions
  }
}

extension Database {
  /// Explains a row that this database serves.
  public func explanation(of row: BestRow) -> Explanation {
    let record = row.record
    let related = records(
      hardwareClass: record.provenance.hardwareClass, problem: record.problem, cores: record.cores,
      policy: record.policy.name
    ).map(\.record)
    let session = related.filter { $0.provenance.session == record.provenance.session }
    let runnerUp = Self.runnerUp(to: record, in: session)
    var explanation = Explanation(
      record: row.stored.id, problem: record.problem, cores: record.cores, policy: record.policy,
      configuration: record.configuration, measurement: record.measurement, proof: record.proof,
      noiseFloor: record.noiseFloor, comparisons: record.comparisons,
      provenance: record.provenance, runnerUp: runnerUp?.configuration,
      runnerUpBehind: runnerUp?.measurement.map { $0.median / row.median - 1 },
      againstRunnerUp: record.comparisons.first { $0.against == runnerUp?.configuration },
      tried: Self.outcomes(of: session), sessions: Set(related.map(\.provenance.session)).count)
    explanation.origin = record.origin
    explanation.tied = record.tied
    explanation.search = record.search
    return explanation
  }

  private static func runnerUp(to record: Record, in session: [Record]) -> Record? {
    session.filter {
      $0.stage == .final && $0.outcome == .measured && $0.configuration != record.configuration
    }.min { ($0.measurement?.median ?? .infinity) < ($1.measurement?.median ?? .infinity) }
  }

  /// A configuration that was screened and reached the final counts once, by its last record.
  private static func outcomes(of session: [Record]) -> [String: Int] {
    let last = Dictionary(session.map { ($0.configuration, $0.outcome) }) { _, later in later }
    return Dictionary(grouping: last.values) { $0.rawValue }.mapValues(\.count)
  }
}
