// TransplantSession.swift: measures here what was tuned elsewhere: another host's configurations in paired finals beside the own ones.

internal import HoneBackends
public import HoneCore
internal import HoneDatabase
public import HoneMeasure
internal import HoneOperations

/// One configuration to be tried here.
public struct Transplant: Sendable {
  public var problem: Problem
  public var policy: MeasurementPolicy
  /// The core budget here.
  public var cores: Int
  /// As it was tuned there; more threads than cores become as many as there are cores.
  public var configuration: Configuration

  public init(
    problem: Problem, policy: MeasurementPolicy, cores: Int, configuration: Configuration
  ) {
    self.problem = problem
    self.policy = policy
    self.cores = cores
    self.configuration = configuration
  }

  /// With no more threads than there are cores.
  var fitted: Configuration {
    var fitted = configuration
    if let threads = configuration["threads"]?.int, threads > cores {
      fitted.parameters["threads"] = .int(cores)
    }
    return fitted
  }
}

/// What became of one.
public struct TransplantOutcome: Sendable {
  public var transplant: Transplant
  /// As it ran.
  public var configuration: Configuration
  /// The paired verdict on it against what is served here (the untuned default where nothing is); nil where it did not run.
  public var againstOwn: Comparison?
  public var seconds: Double?
  /// Why it did not run, or why nothing was measured; empty otherwise.
  public var note: String
}

/// Holds a final for each: the default, what is served here, and the foreign configuration. Every contestant's output is proven first, and every record is in the
/// database before the next is measured; a foreign winner is served from then on.
public final class TransplantSession {
  private let context: HostContext
  private let identity: SessionIdentity
  private let writer: DatabaseWriter
  private let instruments: Instruments
  private let database: Database?
  private let ledger: TimeLedger
  private let seed: UInt64
  private let interrupted: () -> Bool

  public init(
    database path: String, context: HostContext, seed: UInt64 = 1,
    instruments: Instruments? = nil, interrupted: @escaping () -> Bool = { false }
  ) throws {
    self.context = context
    self.seed = seed
    self.interrupted = interrupted
    let instruments = instruments ?? Instruments.host()
    self.instruments = instruments
    ledger = TimeLedger(clock: instruments.clock)
    database = try? Database(path: path)
    identity = SessionIdentity(
      hardwareClass: context.hardwareClass.id, host: context.identifier,
      session: HostIdentifier.random(), seed: seed, strategy: "transplant",
      quietness: context.quietness?.digest)
    writer = try DatabaseWriter(
      path: path, hardwareClass: identity.hardwareClass, host: identity.host)
  }

  /// - Parameters:
  ///   - seconds: for the whole list; each gets an equal share of what is left, at least 0.3.
  ///   - progress: called before each, with its position from 0.
  public func run(
    _ transplants: [Transplant], seconds: Double, progress: (Int, Transplant) -> Void = { _, _ in }
  ) throws -> [TransplantOutcome] {
    let start = instruments.clock.now()
    var outcomes: [TransplantOutcome] = []
    for (index, transplant) in transplants.enumerated() where !interrupted() {
      progress(index, transplant)
      let left = seconds - instruments.clock.seconds(since: start)
      let share = max(0.3, left / Double(transplants.count - index))
      outcomes.append(try measure(transplant, seconds: share))
    }
    if !outcomes.isEmpty { try writer.refreshBest() }
    return outcomes
  }

  private func measure(_ transplant: Transplant, seconds: Double) throws -> TransplantOutcome {
    var outcome = TransplantOutcome(
      transplant: transplant, configuration: transplant.fitted, note: "")
    guard let operation = Operations.named(transplant.problem.operation) else {
      outcome.note = "there is no operation '\(transplant.problem.operation)' here"
      return outcome
    }
    let problem = try operation.normalised(transplant.problem)
    let space = try ProblemSpace(
      problem: problem, backends: context.backends, host: context.facts, cores: transplant.cores)
    let rotation = OperandRotation(
      try operation.makeOperands(
        for: problem, seed: seed,
        copies: OperandCopies.count(
          for: problem, operation: operation, policy: transplant.policy, host: context.facts),
        pages: transplant.policy.pages))
    var bench = Bench(transplant, problem, space.signature)
    let own = served(problem, transplant)
    var wanted = [space.defaultConfiguration, own, outcome.configuration].compactMap { $0 }
    wanted = wanted.enumerated().filter { wanted.firstIndex(of: $1) == $0 }.map(\.element)
    for configuration in wanted {
      if let refusal = try admit(configuration, rotation, &bench),
        configuration == outcome.configuration
      {
        outcome.note = refusal
      }
    }
    return try settle(outcome, own, bench, seconds: seconds)
  }

  /// The contestants of one final.
  private struct Bench {
    var transplant: Transplant
    var problem: Problem
    var space: String
    var candidates: [Candidate] = []

    init(_ transplant: Transplant, _ problem: Problem, _ space: String) {
      self.transplant = transplant
      self.problem = problem
      self.space = space
    }
  }

  private func served(_ problem: Problem, _ transplant: Transplant) -> Configuration? {
    database?[identity.hardwareClass]?.best.first {
      $0.problem == problem && $0.cores == transplant.cores && $0.policy == transplant.policy
    }?.configuration
  }

  /// Why the configuration cannot take part, recorded; nil where it can.
  private func admit(
    _ configuration: Configuration, _ rotation: OperandRotation, _ bench: inout Bench
  ) throws -> String? {
    do {
      let candidate = try Candidate(
        configuration, of: bench.problem, backends: context.backends, rotation: rotation,
        ledger: ledger)
      guard candidate.proof.holds else {
        var record = record(configuration, bench, candidate.proof)
        record.outcome = .wrong
        record.detail = "error \(candidate.proof.error), bound \(candidate.proof.bound)"
        try writer.append(record)
        return "it computes this wrongly here"
      }
      bench.candidates.append(candidate)
      return nil
    } catch let error as Refusal {
      var record = record(configuration, bench, nil)
      record.detail = error.description
      record.outcome = if case .unsupported = error { .unsupported } else { .failed }
      try writer.append(record)
      return error.description
    }
  }

  private func settle(
    _ outcome: TransplantOutcome, _ own: Configuration?, _ bench: Bench, seconds: Double
  ) throws -> TransplantOutcome {
    var outcome = outcome
    let configurations = bench.candidates.map(\.configuration)
    guard outcome.note.isEmpty, let index = configurations.firstIndex(of: outcome.configuration)
    else { return outcome }
    guard configurations.count > 1 else {
      outcome.note = "it is what runs here anyway"
      return outcome
    }
    var options = DuelOptions()
    options.seconds = seconds
    let result = try Duel.run(
      contestants: bench.candidates, options: options, instruments: instruments,
      seed: seed ^ 0x7A5, interrupted: interrupted)
    guard !interrupted() else {
      outcome.note = "interrupted"
      return outcome
    }
    try append(result, bench)
    let rival = own.flatMap(configurations.firstIndex(of:)) ?? 0
    outcome.seconds = result.lanes[index].measurement?.median
    outcome.note = rival == index ? "it is what is served here" : ""
    outcome.againstOwn = result.comparison(
      of: index, against: rival, role: rival == 0 ? "default" : "own",
      configuration: configurations[rival])
    return outcome
  }

  private func append(_ result: DuelResult, _ bench: Bench) throws {
    for (index, lane) in result.lanes.enumerated() {
      let candidate = bench.candidates[index]
      guard let measurement = lane.measurement else { continue }
      var record = record(candidate.configuration, bench, candidate.proof)
      record.measurement = measurement
      record.noiseFloor = result.noiseFloor
      if index != 0,
        let versus = result.comparison(
          of: index, against: 0, role: "default",
          configuration: bench.candidates[0].configuration)
      {
        record.comparisons = [versus]
      }
      record.relativeTime = record.againstDefault.map { 1 / $0.speedup } ?? 1
      record.served = index == result.winner
      try writer.append(record)
    }
  }

  private func record(_ configuration: Configuration, _ bench: Bench, _ proof: Proof?) -> Record {
    Record(
      problem: bench.problem, cores: bench.transplant.cores, configuration: configuration,
      outcome: .measured, stage: .final, policy: bench.transplant.policy, proof: proof,
      provenance: identity.provenance(space: bench.space, libraries: context.libraries))
  }
}
