// ProblemTuner.swift: tunes one problem for one core budget: search, screening races, a paired final.

internal import HoneBackends
internal import HoneCore
internal import HoneDatabase
internal import HoneHost
internal import HoneMeasure
internal import HoneOperations
internal import HoneSearch
internal import HoneWorkloads

/// State of the tuning of one problem. The steps are in `ProblemTuner+Screening` and `ProblemTuner+Final`.
final class ProblemTuner {
  /// Candidates that race together, beside the canary.
  static let batchSize = 6
  /// Share of the budget that screening may use; the rest is the final's.
  static let screeningShare = 0.6

  let entry: WorkloadEntry
  let operation: any HoneOperations.Operation
  let cores: Int
  let problemSpace: ProblemSpace
  let context: HostContext
  let session: SessionIdentity
  let writer: DatabaseWriter
  let instruments: Instruments
  let interrupted: () -> Bool
  /// Called when there is something to tell: tried, best relative time.
  let report: (TuningProgress.Step, Double?) -> Void
  /// On the session's clock.
  let deadline: Deadline

  var rotation: OperandRotation
  var trials: [Point: Trial] = [:]
  var tried = 0
  var unusable = 0

  /// What is known of a point from this or an earlier session.
  struct Trial {
    /// Time relative to the default's; nil where it was wrong, failed or refused.
    var relativeTime: Double?
  }

  init(
    entry: WorkloadEntry, operation: any HoneOperations.Operation, cores: Int,
    space: ProblemSpace, session: TuningSession, deadline: Deadline,
    report: @escaping (TuningProgress.Step, Double?) -> Void
  ) throws {
    self.entry = entry
    self.operation = operation
    self.cores = cores
    self.problemSpace = space
    self.deadline = deadline
    self.report = report
    context = session.context
    self.session = session.identity
    writer = session.writer
    instruments = session.instruments
    interrupted = session.interrupted
    let operands = try operation.makeOperands(
      for: entry.problem, seed: session.options.seed,
      copies: OperandCopies.count(
        for: entry.problem, operation: operation, policy: entry.policy, host: session.context.facts),
      pages: entry.policy.pages)
    rotation = OperandRotation(operands)
  }

  var policy: MeasurementPolicy { entry.policy }

  /// - Parameter makeStrategy: gets the number of evaluations that there is time for.
  func run(
    _ makeStrategy: (Int) throws -> any Strategy, known: [StoredRecord]
  ) throws -> TuningSummary {
    let canary = try canaryCandidate()
    var strategy = try makeStrategy(try evaluationsInTime(canary))
    try takeOver(known, &strategy)
    try screen(&strategy, canary: canary)
    return try final(canary: canary, known: known)
  }

  /// The untuned default. Without it nothing can be compared, so its failure ends the problem.
  private func canaryCandidate() throws -> Candidate {
    let configuration = problemSpace.defaultConfiguration
    let canary = try Candidate(
      configuration, of: entry.problem, backends: context.backends, rotation: rotation)
    guard canary.proof.holds else {
      throw HoneError(
        .internal,
        "the default '\(configuration.key)' computes \(entry.problem.key) wrongly: error \(canary.proof.error), bound \(canary.proof.bound)",
        advice: "Please report this with the output of `hone topology --format json`.")
    }
    return canary
  }

  /// How many candidates screening has time for, roughly: most leave a race after a few rounds, a round is a sample and its lead-in, and
  /// planning and proving a candidate costs a run and the oracle's comparison.
  private func evaluationsInTime(_ canary: Candidate) throws -> Int {
    let start = instruments.clock.now()
    try canary.run(1)
    let once = instruments.clock.seconds(since: start)
    let each = 8 * 2 * max(once, SamplerOptions().sampleSeconds) + once + 1e-3
    let count = deadline.secondsLeft * Self.screeningShare / each
    return max(1, min(problemSpace.size, Int(min(count, 1e6))))
  }

  /// Results of earlier sessions over the same space: told to the strategy, not measured again.
  private func takeOver(_ known: [StoredRecord], _ strategy: inout any Strategy) throws {
    for stored in known where stored.record.stage == .screen {
      let record = stored.record
      guard record.provenance.space == problemSpace.signature,
        record.provenance.libraries == context.libraries,
        let point = problemSpace.space.point(of: record.configuration), trials[point] == nil
      else { continue }
      trials[point] = Trial(relativeTime: record.relativeTime)
      strategy.tell(Evaluation(point: point, value: record.relativeTime))
    }
  }

  func record(
    _ configuration: Configuration, _ outcome: Outcome, _ stage: Stage, detail: String = "",
    proof: Proof? = nil
  ) -> Record {
    Record(
      problem: entry.problem, cores: cores, configuration: configuration, outcome: outcome,
      stage: stage, detail: detail, policy: policy, proof: proof,
      provenance: session.provenance(space: problemSpace.signature, libraries: context.libraries))
  }

  var bestRelativeTime: Double? { trials.values.compactMap(\.relativeTime).min() }
}

/// An instant on the host's monotonic clock.
struct Deadline {
  private let clock: any MeasurementClock
  private let start: UInt64
  let seconds: Double

  init(in seconds: Double, clock: any MeasurementClock) {
    self.clock = clock
    self.seconds = seconds
    start = clock.now()
  }

  var secondsLeft: Double { seconds - clock.seconds(since: start) }
  var secondsUsed: Double { clock.seconds(since: start) }
}
