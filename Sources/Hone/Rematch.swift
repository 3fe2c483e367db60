// Rematch.swift: an independent paired run of configurations of one problem against the untuned default: nothing is recorded.

internal import HoneBackends
public import HoneCore
internal import HoneHost
public import HoneMeasure
internal import HoneOperations
public import HoneWorkloads

/// To confirm what a tuning claimed: fresh operands, fresh plans, the same kind of final.
public enum Rematch {
  /// - Parameters:
  ///   - entry: a normalised problem with its conditions.
  ///   - configurations: contestants 1, 2 … of the result; contestant 0 is the default.
  ///   - blocks: so many duels that share the time, each with operands and plans of its own, as one.
  ///   - seed: of operands and of the order of measurements: another one than the tuning's.
  /// - Throws: `HoneError` or `Refusal` where one of them cannot run or computes the wrong thing.
  public static func run(
    _ entry: WorkloadEntry, cores: Int, configurations: [Configuration], context: HostContext,
    options: DuelOptions = .init(), instruments: Instruments = .host(), blocks: Int = 1,
    seed: UInt64
  ) throws -> DuelResult {
    var options = options
    options.seconds /= Double(max(1, blocks))
    options.settlesLosers = blocks < 2
    return DuelResult.joined(
      try (0..<max(1, blocks)).map { block in
        try run(
          entry, cores, configurations, context, options, instruments, seed &+ UInt64(block))
      }, options: options)
  }

  private static func run(
    _ entry: WorkloadEntry, _ cores: Int, _ configurations: [Configuration],
    _ context: HostContext, _ options: DuelOptions, _ instruments: Instruments, _ seed: UInt64
  ) throws -> DuelResult {
    let job = try TuningJob(entry, cores: cores)
    let space = try ProblemSpace(
      problem: entry.problem, backends: context.backends, host: context.facts, cores: cores)
    let copies = OperandCopies.count(
      for: entry.problem, operation: job.operation, policy: entry.policy, host: context.facts)
    OperandMemory.renew()
    let rotation = OperandRotation(
      try job.operation.makeOperands(
        for: entry.problem, seed: seed, copies: copies, pages: entry.policy.pages))
    let ledger = TimeLedger(clock: instruments.clock)
    let contestants = try ([space.defaultConfiguration] + configurations).map { configuration in
      let candidate = try Candidate(
        configuration, of: entry.problem, backends: context.backends, rotation: rotation,
        ledger: ledger)
      guard candidate.proof.holds else {
        throw HoneError(
          .internal, "'\(configuration.key)' computes \(entry.problem.key) wrongly",
          advice: "Please report this.")
      }
      return candidate
    }
    return try Duel.run(
      contestants: contestants, options: options, instruments: instruments, seed: seed)
  }
}
