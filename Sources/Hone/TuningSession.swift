// TuningSession.swift: tunes a workload on this host: limits, a first pass over all problems, then searching where it pays, within a budget.

internal import HoneCore
internal import HoneDatabase
internal import HoneHost
public import HoneMeasure
internal import HoneOperations
internal import HoneSearch
internal import HoneWorkloads

/// One run of the tuner. Everything measured is in the database before the next thing is measured; running the same session again
/// continues where this one ended.
///
/// A session first gives every problem that fits its budget a look (the default and the head start), so that something is served for each of
/// them; then it shares the rest of the time so that the next second is worth the same everywhere (`BudgetPlan`). The steps are in
/// `TuningSession+….swift`.
public final class TuningSession {
  public let options: TuningOptions
  public let context: HostContext
  /// Where the time went; complete when `run` has returned.
  public let ledger: TimeLedger
  let identity: SessionIdentity
  let writer: DatabaseWriter
  let instruments: Instruments
  let meters: HostMeters
  let interrupted: () -> Bool
  let progress: (TuningProgress) -> Void
  var costs: CostModel
  var deadline: Deadline
  /// What was known when the session began.
  var database: Database?
  /// What this session serves.
  var winners: [Record] = []
  var tuners: [ProblemTuner] = []
  /// Files that `options.recordSpace` asked for.
  public private(set) var recordedSpaces: [String] = []
  /// Seconds that measuring the machine's limits took.
  var limitSeconds = 0.0
  var limitCosts = LimitCosts()
  /// When best.json was last derived, in `deadline.secondsUsed`, and how long that took.
  var refreshed: (at: Double, seconds: Double)?

  /// - Parameters:
  ///   - instruments: clock and sensor; the host's own where nil.
  ///   - interrupted: asked often; true ends the session after the sample in flight.
  ///   - progress: called on the session's thread.
  /// - Throws: `HoneError` where the database cannot be written or a problem makes no sense.
  public init(
    options: TuningOptions, context: HostContext, instruments: Instruments? = nil,
    interrupted: @escaping () -> Bool = { false },
    progress: @escaping (TuningProgress) -> Void = { _ in }
  ) throws {
    self.options = options
    self.context = context
    self.interrupted = interrupted
    self.progress = progress
    identity = SessionIdentity(
      hardwareClass: context.hardwareClass.id, host: context.identifier,
      session: HostIdentifier.random(), seed: options.seed, strategy: options.strategy,
      quietness: context.quietness?.digest)
    writer = try DatabaseWriter(
      path: options.database, hardwareClass: context.hardwareClass.id, host: context.identifier)
    meters = instruments == nil ? .host() : .none
    let instruments = instruments ?? Instruments.host()
    self.instruments = instruments
    for policy in Set(options.workload.entries.map(\.policy)) {
      try MeasurementConditions.check(policy, instruments, meters)
    }
    ledger = TimeLedger(clock: instruments.clock)
    costs = CostModel(facts: context.facts)
    deadline = Deadline(in: options.budgetSeconds, clock: instruments.clock)
  }

  /// What was repaired in the database when it was opened.
  public var findings: [String] { writer.findings.map(\.description) }

  /// Tunes everything; the summaries are in the order of the workload. Where the budget is too short for a problem, its summary says what a
  /// look-up answers instead.
  public func run() throws -> [TuningSummary] {
    do {
      try runSteps()
    } catch {
      // What was served before stays served; the error is what the user has to see.
      try? refreshBest(isLast: true)
      throw error
    }
    try refreshBest(isLast: true)
    if let folder = options.recordSpace { recordedSpaces = try recordSpaces(in: folder) }
    return summaries()
  }

  private func runSteps() throws {
    deadline = Deadline(in: options.budgetSeconds, clock: instruments.clock)
    let workload = try options.workload.normalised(by: Operations.all)
    _ = try Strategies.type(named: options.strategy)
    OperandMemory.renew()
    database = try? Database(path: options.database)
    try measureMissingLimits()
    tuners = try makeTuners(workload)
    try firstPasses()
    try searchOn()
    try confirm()
    if !interrupted() { try closeSearches() }
    // Once more where something was measured: limits and results should come from the same hour.
    if !interrupted(), tuners.contains(where: { $0.outcome.tried > 0 }) {
      try measureLimits(seconds: secondsToEnd)
    }
  }

  /// The closing account of a session that has run.
  public var account: TuningAccount {
    TuningAccount(
      tuners.map { $0.outcome.summary(fallback: nil) },
      time: .init(
        budgetSeconds: options.budgetSeconds, usedSeconds: deadline.secondsUsed, ledger: ledger))
  }

  /// Seconds until the budget is used up.
  var secondsToEnd: Double { deadline.secondsLeft }

  func report(
    _ step: TuningProgress.Step, position: Int, title: String, best: Double?
  ) {
    progress(
      TuningProgress(
        step: step, position: position, total: tuners.count, title: title,
        bestRelativeTime: best, secondsLeft: max(0, secondsToEnd)))
  }

  private func makeTuners(_ workload: Workload) throws -> [ProblemTuner] {
    let jobs = try workload.entries.flatMap { entry in
      try options.cores.map { try TuningJob(entry, cores: $0) }
    }
    return try jobs.enumerated().map { index, job in
      let space = try ProblemSpace(
        problem: job.entry.problem, backends: context.backends, host: context.facts,
        cores: job.cores)
      let records =
        database?.records(
          hardwareClass: identity.hardwareClass, problem: job.entry.problem, cores: job.cores,
          policy: job.entry.policy.name) ?? []
      let known = KnownTrials(
        records, space: space, libraries: context.libraries, identity: identity,
        again: options.again)
      return ProblemTuner(job, space: space, known: known, session: self, position: index + 1)
    }
  }

  private func summaries() -> [TuningSummary] {
    let database = try? Database(path: options.database)
    return tuners.map { tuner in
      tuner.outcome.summary(fallback: fallback(tuner, database))
    }
  }

  /// What a look-up answers for a problem that nothing is served for.
  private func fallback(_ tuner: ProblemTuner, _ database: Database?) -> TuningSummary.Fallback? {
    guard tuner.outcome.served == nil, let database else { return nil }
    let space = tuner.problemSpace.space
    let lookup = Lookup(
      [database],
      canRun: { configuration in
        space.branches.contains {
          $0.backend == configuration.backend && $0.variant == configuration.variant
        }
      }, likeness: { Operations.likeness($0, $1) })
    let answer = lookup.answer(
      LookupQuery(
        problem: tuner.job.entry.problem, cores: tuner.job.cores,
        policy: tuner.job.entry.policy.name, hardwareClass: identity.hardwareClass))
    return TuningSummary.Fallback(
      grade: answer.grade.rawValue, configuration: answer.configuration?.key,
      differs: answer.grade == .default ? [] : answer.differs)
  }
}
