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
  ///   - seed: of operands and of the order of measurements: another one than the tuning's.
  /// - Throws: `HoneError` or `Refusal` where one of them cannot run or computes the wrong thing.
  public static func run(
    _ entry: WorkloadEntry, cores: Int, configurations: [Configuration], context: HostContext,
    options: DuelOptions = .init(), instruments: Instruments = .host(), seed: UInt64
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
