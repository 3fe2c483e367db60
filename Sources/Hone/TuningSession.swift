// TuningSession.swift: tunes a workload on this host: limits, then each problem for each core budget, within a budget.

internal import FoundationEssentials
internal import HoneCore
internal import HoneDatabase
internal import HoneHost
public import HoneMeasure
internal import HoneOperations
internal import HoneSearch
internal import HoneWorkloads

/// Who measures: what all records of a session share.
struct SessionIdentity: Sendable {
  var hardwareClass: String
  var host: String
  var session: String
  var seed: UInt64
  var strategy: String
  var quietness: String?

  func provenance(space: String, libraries: [String: String]) -> Provenance {
    Provenance(
      tool: "hone \(toolVersion)", libraries: libraries, hardwareClass: hardwareClass, host: host,
      session: session, seed: seed, strategy: strategy, space: space, time: Self.now(),
      quietness: quietness)
  }

  /// RFC 3339 with milliseconds, UTC.
  static func now() -> String {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date().formatted(style)
  }
}

/// One run of the tuner. Everything measured is in the database before the next thing is measured; running the same session again
/// continues where this one ended.
public final class TuningSession {
  public let options: TuningOptions
  public let context: HostContext
  let identity: SessionIdentity
  let writer: DatabaseWriter
  let instruments: Instruments
  let interrupted: () -> Bool
  private let progress: (TuningProgress) -> Void

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
    self.instruments = instruments ?? Instruments.host()
  }

  /// What was repaired in the database when it was opened.
  public var findings: [String] { writer.findings.map(\.description) }

  /// Tunes everything; the summaries are in the order of the workload.
  public func run() throws -> [TuningSummary] {
    let workload = try options.workload.normalised(by: Operations.all)
    let deadline = Deadline(in: options.budgetSeconds, clock: instruments.clock)
    let database = try? Database(path: options.database)
    if database?[identity.hardwareClass]?.host?.limits == nil { try measureLimits(deadline) }
    let reserve = min(deadline.secondsUsed, 0.1 * options.budgetSeconds)
    let jobs = workload.entries.flatMap { entry in
      options.cores.map { Job(entry: entry, cores: $0) }
    }
    var summaries: [TuningSummary] = []
    for (index, job) in jobs.enumerated() {
      guard !interrupted() else { break }
      let reporter = Reporter(
        position: index + 1, total: jobs.count, title: job.title, deadline: deadline,
        progress: progress)
      let seconds = (deadline.secondsLeft - reserve) / Double(jobs.count - index)
      summaries.append(try tune(job, seconds: seconds, database, reporter))
    }
    // Once more where something was measured: limits and results should come from the same hour.
    if !interrupted(), summaries.contains(where: { $0.tried > 0 }) { try measureLimits(deadline) }
    return summaries
  }

  private func tune(
    _ job: Job, seconds: Double, _ database: Database?, _ reporter: Reporter
  ) throws -> TuningSummary {
    let entry = job.entry
    guard let operation = Operations.named(entry.problem.operation) else {
      throw HoneError(.usage, "there is no operation '\(entry.problem.operation)'")
    }
    let space = try ProblemSpace(
      problem: entry.problem, backends: context.backends, host: context.facts, cores: job.cores)
    let known =
      database?.records(
        hardwareClass: identity.hardwareClass, problem: entry.problem, cores: job.cores,
        policy: entry.policy.name) ?? []
    if !options.again, let summary = job.alreadyTuned(known, space, context.libraries) {
      reporter.report(.skipped, nil)
      return summary
    }
    reporter.report(.preparing, nil)
    let deadline = Deadline(in: max(seconds, 0.5), clock: instruments.clock)
    let tuner = try ProblemTuner(
      entry: entry, operation: operation, cores: job.cores, space: space, session: self,
      deadline: deadline, report: reporter.report)
    let summary = try tuner.run(
      { evaluations in
        try Strategies.make(
          name: options.strategy,
          task: SearchTask(
            tree: space.tree, budget: evaluations, seed: options.seed, start: space.startPoints))
      }, known: options.again ? known.filter(\.record.served) : known)
    reporter.report(.done(speedup: summary.served?.speedup), nil)
    return summary
  }

  /// Measures the machine's limits and keeps, of each limit, the best that was ever seen: neighbours only make them smaller.
  private func measureLimits(_ deadline: Deadline) throws {
    progress(
      TuningProgress(
        step: .limits, position: 0, total: 0, title: "limits of this machine",
        bestRelativeTime: nil, secondsLeft: deadline.secondsLeft))
    var limits = try LimitProbes(context: context, instruments: instruments).measure(
      interrupted: interrupted, time: SessionIdentity.now())
    let database = try? Database(path: options.database)
    if let known = database?[identity.hardwareClass]?.host?.limits {
      limits = known.merging(limits)
    }
    try writer.writeHost(
      hardware: try JSONValue(encoding: context.hardwareClass), limits: limits,
      tool: "hone \(toolVersion)")
  }
}

/// One problem for one core budget.
private struct Job {
  var entry: WorkloadEntry
  var cores: Int

  var title: String {
    let operation = Operations.named(entry.problem.operation)
    let shape = operation?.title(of: entry.problem) ?? entry.problem.key
    return
      "\(entry.problem.operation) \(entry.problem.types) \(shape) · \(cores) \(cores == 1 ? "core" : "cores")"
  }

  /// The summary of an earlier session that served this problem over the same space with the same libraries.
  func alreadyTuned(
    _ known: [StoredRecord], _ space: ProblemSpace, _ libraries: [String: String]
  ) -> TuningSummary? {
    let served = known.last {
      $0.record.served && $0.record.provenance.space == space.signature
        && $0.record.provenance.libraries == libraries
    }
    guard let record = served?.record, let measurement = record.measurement else { return nil }
    let versus = record.againstDefault
    return TuningSummary(
      operation: "\(entry.problem.operation) \(entry.problem.types)",
      title: Operations.named(entry.problem.operation)?.title(of: entry.problem) ?? "",
      cores: cores, policy: entry.policy.name, tried: 0, unusable: 0,
      spaceSize: space.size,
      served: .init(
        configuration: record.configuration.key, medianSeconds: measurement.median,
        speedup: versus?.speedup ?? 1, interval: versus?.interval ?? Interval(low: 1, high: 1),
        isDefault: versus == nil,
        noiseFloor: record.noiseFloor ?? 0, tied: 0),
      note: "tuned before")
  }
}

/// Adds a job's position to what its tuner reports.
private struct Reporter {
  var position: Int
  var total: Int
  var title: String
  var deadline: Deadline
  var progress: (TuningProgress) -> Void

  func report(_ step: TuningProgress.Step, _ best: Double?) {
    progress(
      TuningProgress(
        step: step, position: position, total: total, title: title, bestRelativeTime: best,
        secondsLeft: max(0, deadline.secondsLeft)))
  }
}
