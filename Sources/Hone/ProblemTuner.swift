// ProblemTuner.swift: tunes one problem for one core budget: head start, search, screening races, paired finals.

internal import HoneBackends
internal import HoneCore
internal import HoneDatabase
internal import HoneMeasure
internal import HoneOperations
internal import HoneSearch

/// State of the tuning of one problem over a session. It is visited once for its first pass (default and head start) and again when the
/// budget plan gives it time to search; between visits it holds no operands. The steps are in `ProblemTuner+….swift`.
final class ProblemTuner {
  /// Candidates that race together, beside the canary.
  static let batchSize = 6

  let job: TuningJob
  let problemSpace: ProblemSpace
  let session: TuningSession
  let known: KnownTrials
  /// 1-based, among the session's problems.
  let position: Int

  /// Operands and the default, ready to run; nil between visits.
  var bench: Bench?
  /// Everything that was tried, the default included, in this session or before.
  var trials: [Point: Trial]
  var search: OngoingSearch?
  var outcome: ProblemOutcome
  /// Seconds of the session spent on this problem's first pass and searching, and the trials that they bought.
  var screeningSeconds = 0.0
  var screened = 0
  /// Seconds that making operands and the default took the last time.
  var openingSeconds = 0.0
  /// What was measured to confirm its claim, so far.
  var confirmation: [Final] = []
  /// Seconds for one execution of the default, as its warm-up saw it.
  var defaultSeconds: Double?
  /// Challengers that go to the final without a race.
  var nominated: [Configuration] = []
  /// Trials made when the best last fell by more than the noise floor, and that best.
  var lastGain = (tried: 0, best: Double.infinity)

  init(
    _ job: TuningJob, space: ProblemSpace, known: KnownTrials, session: TuningSession,
    position: Int
  ) {
    self.job = job
    problemSpace = space
    self.known = known
    self.session = session
    self.position = position
    trials = known.all
    outcome = ProblemOutcome(job, size: space.size)
    if let record = known.served { outcome.take(over: record) }
  }

  var policy: MeasurementPolicy { job.entry.policy }

  /// The last record that this session served for the problem.
  var servedBySession: Record? {
    session.winners.last {
      $0.problem == job.entry.problem && $0.cores == job.cores && $0.policy == policy
    }
  }

  func report(_ step: TuningProgress.Step) {
    session.report(step, position: position, title: job.title, best: bestRelativeTime)
  }

  func record(
    _ configuration: Configuration, _ outcome: Outcome, _ stage: Stage, detail: String = "",
    proof: Proof? = nil
  ) -> Record {
    let libraries = session.context.libraries
    var record = Record(
      problem: job.entry.problem, cores: job.cores, configuration: configuration,
      outcome: outcome, stage: stage, detail: detail, policy: policy, proof: proof,
      provenance: session.identity.provenance(
        space: problemSpace.signature, libraries: libraries))
    record.origin = origin(of: configuration)
    return record
  }

  func append(_ record: Record) throws {
    try session.ledger.spend(.journal) { _ = try session.writer.append(record) }
  }

  /// Who thought of a configuration first; nil where nobody noted it.
  func origin(of configuration: Configuration) -> String? {
    problemSpace.space.point(of: configuration).flatMap { trials[$0]?.origin }
  }

  var bestRelativeTime: Double? { trials.values.compactMap(\.relativeTime).min() }

  var isInterrupted: Bool { session.interrupted() }
}

/// What a visit needs: made when it begins, let go when it ends.
struct Bench {
  /// What the policy means here; a neighbour of it works for as long as the bench stands.
  var conditions: MeasurementConditions
  var rotation: OperandRotation
  /// The untuned default, proven.
  var canary: Candidate
}

extension ProblemTuner {
  /// Makes operands and proves the default. Without the default nothing can be compared, so its failure ends the session.
  @discardableResult
  func open() throws -> Bench {
    if let bench { return bench }
    report(.preparing)
    let (bench, seconds) = try session.ledger.timed { try makeBench() }
    openingSeconds = seconds
    session.costs.learn(opening: job, took: seconds - bench.canary.firstRunSeconds)
    self.bench = bench
    if trials[problemSpace.defaultPoint] == nil {
      trials[problemSpace.defaultPoint] = Trial(
        relativeTime: 1, wasRaced: true, origin: HeadStart.default)
    }
    return bench
  }

  private func makeBench() throws -> Bench {
    let (problem, context) = (job.entry.problem, session.context)
    let copies = OperandCopies.count(
      for: problem, operation: job.operation, policy: policy, host: context.facts)
    let operands = try session.ledger.spend(.operands) {
      try job.operation.makeOperands(
        for: problem, seed: session.options.seed, copies: copies, pages: policy.pages)
    }
    let rotation = OperandRotation(operands)
    let configuration = problemSpace.defaultConfiguration
    let canary = try candidate(configuration, rotation)
    guard canary.proof.holds else {
      throw HoneError(
        .internal,
        "the default '\(configuration.key)' computes \(problem.key) wrongly: error \(canary.proof.error), bound \(canary.proof.bound)",
        advice: "Please report this with the output of `hone topology --format json`.")
    }
    if defaultSeconds == nil { try look(at: canary) }
    let conditions = try MeasurementConditions(
      policy: policy, cores: job.cores, host: context.facts, instruments: session.instruments,
      meters: session.meters)
    return Bench(conditions: conditions, rotation: rotation, canary: canary)
  }

  /// A first idea of what a run takes. One that takes long is not run again for it.
  private func look(at canary: Candidate) throws {
    var seconds = canary.firstRunSeconds
    if seconds < 0.05 {
      let before = session.ledger[.kernels]
      try session.ledger.spend(.kernels) { try canary.run(1) }
      seconds = min(seconds, session.ledger[.kernels] - before)
    }
    defaultSeconds = seconds
    session.costs.learn(execution: job, took: seconds)
  }

  func close() { bench = nil }

  func attempt(_ configuration: Configuration, _ bench: Bench) -> Result<Candidate, Refusal> {
    Result { () throws(Refusal) -> Candidate in
      try candidate(configuration, bench.rotation)
    }
  }

  /// A candidate that the policy admits.
  private func candidate(
    _ configuration: Configuration, _ rotation: OperandRotation
  ) throws(Refusal) -> Candidate {
    let (problem, backends) = (job.entry.problem, session.context.backends)
    let candidate = try Candidate(
      configuration, of: problem, backends: backends, rotation: rotation, ledger: session.ledger)
    guard policy.isSameBits, candidate.proof.holds else { return candidate }
    try candidate.keepBits(
      problem, backends: backends, cores: job.cores, ledger: session.ledger)
    return candidate
  }
}
