// TuningOptions.swift: what a tuning session is told: what to tune, for how long, how, and where the results go.

public import HoneCore
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

  public init(
    workload: Workload, budgetSeconds: Double = 100, strategy: String = "auto", seed: UInt64 = 1,
    cores: [Int], database: String, again: Bool = false
  ) {
    self.workload = workload
    self.budgetSeconds = budgetSeconds
    self.strategy = strategy
    self.seed = seed
    self.cores = cores
    self.database = database
    self.again = again
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

/// What became of one problem.
public struct TuningSummary: Sendable {
  /// "gemm f32".
  public var operation: String
  public var title: String
  public var cores: Int
  public var policy: String
  /// Configurations that were tried in this session, and how many of them were wrong, failed or refused.
  public var tried: Int
  public var unusable: Int
  public var spaceSize: Int
  /// nil where it was skipped, interrupted or failed; `note` says which.
  public var served: Served?
  public var note: String

  public struct Served: Sendable {
    public var configuration: String
    public var medianSeconds: Double
    /// Against the untuned default; 1 where the default itself is served.
    public var speedup: Double
    public var interval: Interval
    public var isDefault: Bool
    public var noiseFloor: Double
    /// Others that are not shown to differ.
    public var tied: Int
  }
}
