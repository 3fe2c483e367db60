// DriftCheck.swift: times again what a database serves here, paired with the default, and says which rows no longer hold.

public import HoneCore
public import HoneDatabase
public import HoneMeasure
internal import HoneOperations

/// One row of a database, timed again.
public struct DriftRow: Hashable, Sendable, Encodable {
  public enum Verdict: String, Sendable, Encodable {
    /// As fast against the default as when it was tuned, within the noise floor.
    case holds
    /// The default is as fast now, or faster: the row should not be served.
    case lost
    /// Still faster than the default, but by another factor than then.
    case moved
    /// Its libraries or kernels are no longer here, or it fails.
    case unusable
  }

  public var problem: Problem
  public var cores: Int
  public var policy: String
  public var configuration: Configuration
  /// Seconds when it was tuned, and now.
  public var then: Double
  public var now: Double?
  /// Speed-up over the default when it was tuned, and now with its interval; nil where the row is the default itself.
  public var speedupThen: Double?
  public var speedupNow: Double?
  public var interval: Interval?
  public var verdict: Verdict
  /// What changed since (see `Validity`), or why it is unusable.
  public var reasons: [String]
}

/// Re-times the rows that matter most, with the tuner's own paired measurement. It writes nothing.
public struct DriftCheck {
  let context: HostContext
  let instruments: Instruments
  /// Seconds for all rows together.
  let seconds: Double
  let interrupted: () -> Bool

  public init(
    context: HostContext, seconds: Double, instruments: Instruments = .host(),
    interrupted: @escaping () -> Bool = { false }
  ) {
    self.context = context
    self.seconds = seconds
    self.instruments = instruments
    self.interrupted = interrupted
  }

  /// The rows of this machine's class in which most time is spent.
  /// - Parameters:
  ///   - count: how many rows.
  ///   - weight: how often a problem is run; 1 where nobody says.
  public func run(
    _ database: Database, count: Int, weight: (Problem) -> Double = { _ in 1 }
  ) throws -> [DriftRow] {
    let rows = (database[context.hardwareClass.id]?.best ?? []).filter {
      $0.cores <= context.facts.cores
    }
    guard !rows.isEmpty else {
      throw HoneError(
        .unusableData,
        "\(database.path) serves nothing for this machine (\(context.hardwareClass.id))",
        advice: "Run `hone tune` first.")
    }
    let chosen = rows.map { ($0, $0.median * weight($0.problem)) }
      .sorted { ($1.1, $0.0.key) < ($0.1, $1.0.key) }.prefix(count).map(\.0)
    var results: [DriftRow] = []
    for row in chosen where !interrupted() {
      results.append(try check(row, seconds: seconds / Double(chosen.count)))
    }
    return results
  }

  private func check(_ row: BestRow, seconds: Double) throws -> DriftRow {
    var result = DriftRow(
      problem: row.problem, cores: row.cores, policy: row.policy.name,
      configuration: row.configuration, then: row.median,
      speedupThen: row.record.againstDefault?.speedup, verdict: .unusable,
      reasons: Validity.changes(of: row.record, libraries: context.libraries))
    guard let operation = Operations.named(row.problem.operation) else {
      result.reasons.append("there is no operation '\(row.problem.operation)'")
      return result
    }
    do {
      try time(row, operation, seconds: seconds, into: &result)
    } catch let refusal as Refusal {
      result.reasons.append(refusal.description)
    }
    return result
  }

  private func time(
    _ row: BestRow, _ operation: any HoneOperations.Operation, seconds: Double,
    into result: inout DriftRow
  ) throws {
    let space = try ProblemSpace(
      problem: row.problem, backends: context.backends, host: context.facts, cores: row.cores)
    let operands = try operation.makeOperands(
      for: row.problem, seed: 1,
      copies: OperandCopies.count(
        for: row.problem, operation: operation, policy: row.policy, host: context.facts),
      pages: row.policy.pages)
    let rotation = OperandRotation(operands)
    let configurations = [space.defaultConfiguration, row.configuration]
    let candidates =
      try Set(configurations).count == 1
      ? [candidate(configurations[0], row, rotation)]
      : configurations.map { try candidate($0, row, rotation) }
    var options = DuelOptions()
    options.seconds = seconds
    let duel = try Duel.run(
      contestants: candidates, options: options, instruments: instruments, seed: 1,
      interrupted: interrupted)
    result.now = duel.lanes.last?.measurement?.median
    judge(duel, candidates, row, &result)
  }

  private func candidate(
    _ configuration: Configuration, _ row: BestRow, _ rotation: OperandRotation
  ) throws -> Candidate {
    let candidate = try Candidate(
      configuration, of: row.problem, backends: context.backends, rotation: rotation,
      ledger: TimeLedger(clock: instruments.clock))
    guard candidate.proof.holds else {
      throw Refusal.failed("'\(configuration.key)' computes it wrongly")
    }
    return candidate
  }

  /// Against the default both times: what slows the whole machine down cancels.
  private func judge(
    _ duel: DuelResult, _ candidates: [Candidate], _ row: BestRow, _ result: inout DriftRow
  ) {
    result.verdict = .holds
    guard candidates.count == 2,
      let versus = duel.comparison(
        of: 1, against: 0, role: "default", configuration: candidates[0].configuration)
    else { return }
    result.speedupNow = versus.speedup
    result.interval = versus.interval
    guard versus.verdict == .faster else {
      // A row that was the default once, and is another variant now, needs only be no slower.
      let wasDefault = row.record.againstDefault == nil
      result.verdict = wasDefault && versus.verdict == .tie ? .holds : .lost
      return
    }
    guard let then = row.record.againstDefault else { return }
    let floor = 1 + max(duel.noiseFloor, row.record.noiseFloor ?? 0)
    let apart =
      versus.interval.low > then.interval.high * floor
      || versus.interval.high * floor < then.interval.low
    if apart { result.verdict = .moved }
  }
}
