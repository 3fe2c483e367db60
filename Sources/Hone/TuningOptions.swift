// TuningOptions.swift: what a tuning session is told: what to tune, for how long, how, and where the results go.

internal import HoneCore
public import HoneWorkloads

public struct TuningOptions: Sendable {
  public var workload: Workload
  /// Seconds for the whole workload; machine limits, operands and proofs included.
  public var budgetSeconds: Double
  public var strategy: String
  public var seed: UInt64
  /// Core budgets to tune for: each problem is tuned for each of them.
  public var cores: [Int]
  public var database: String
  /// Tune again what this database has already.
  public var again: Bool
  /// Folder for the evaluated configurations as recorded spaces (CSV); nil: none are written.
  public var recordSpace: String?

  public init(
    workload: Workload, budgetSeconds: Double = 100, strategy: String = "auto", seed: UInt64 = 1,
    cores: [Int], database: String, again: Bool = false, recordSpace: String? = nil
  ) {
    self.workload = workload
    self.budgetSeconds = budgetSeconds
    self.strategy = strategy
    self.seed = seed
    self.cores = cores
    self.database = database
    self.again = again
    self.recordSpace = recordSpace
  }
}

/// What a session reports while it runs; for progress lines and logs.
public struct TuningProgress: Sendable {
  public enum Step: Sendable, Equatable {
    case limits
    /// Making operands and the oracle.
    case preparing
    case screening(tried: Int, size: Int)
    case final
    case skipped
    case done(speedup: Double?)
  }

  public var step: Step
  /// 1-based position and number of (problem, cores) pairs.
  public var position: Int
  public var total: Int
  /// "gemm f32 512x512x512 · 2 cores".
  public var title: String
  /// Best time relative to the default so far, below 1 is faster; nil before anything was measured.
  public var bestRelativeTime: Double?
  /// Of the whole session, by its budget.
  public var secondsLeft: Double
}
