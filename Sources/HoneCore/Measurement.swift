// Measurement.swift: samples of one configuration under one policy, and what they say about another configuration.

/// A two-sided confidence interval.
public struct Interval: Hashable, Sendable, Codable {
  public var low: Double
  public var high: Double
  /// 0.95 for a 95 % interval.
  public var confidence: Double

  public init(low: Double, high: Double, confidence: Double = 0.95) {
    self.low = low
    self.high = high
    self.confidence = confidence
  }

  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// Times of one configuration. Unit: seconds for one execution of the problem.
public struct Measurement: Hashable, Sendable, Codable {
  /// Clean samples in the order they were taken, each the mean over one batch, in seconds.
  public var samples: [Double]
  /// Executions in one batch.
  public var batch: Int
  /// Median of `samples`, in seconds.
  public var median: Double
  /// Of the median, in seconds.
  public var interval: Interval
  /// Probability ("0.05", "0.25", "0.75", "0.95") → quantile of `samples`, in seconds; nil in records that are older or imported.
  public var quantiles: [String: Double]?
  /// Samples that were thrown away and retaken because the system disturbed them (steal, migration, context switch, page fault).
  public var polluted: Int
  /// Energy of one execution, or why it is not known; nil where nobody looked.
  public var energy: Metered<Energy>?
  /// Hardware counters of one execution, or why they are not known; nil where nobody looked.
  public var counters: Metered<CounterValues>?
  /// What the neighbour of the policy really did meanwhile; nil where there was none.
  public var neighbour: NeighbourReport?

  public init(
    samples: [Double], batch: Int, median: Double, interval: Interval, polluted: Int = 0,
    energy: Metered<Energy>? = nil, counters: Metered<CounterValues>? = nil,
    neighbour: NeighbourReport? = nil
  ) {
    self.samples = samples
    self.batch = batch
    self.median = median
    self.interval = interval
    self.polluted = polluted
    self.energy = energy
    self.counters = counters
    self.neighbour = neighbour
  }
}

/// The paired verdict on one configuration against another, from interleaved rounds.
public struct Comparison: Hashable, Sendable, Codable {
  public enum Verdict: String, Sendable, Codable {
    /// The whole interval is above 1 and the median gain is above the noise floor.
    case faster
    /// The whole interval is below 1.
    case slower
    /// No difference shown.
    case tie
  }

  /// Why it was compared: "default", "best-of:openblas".
  public var role: String
  public var against: Configuration
  /// Median over the pairs of (time of `against` / time of this one): above 1, this one is faster.
  public var speedup: Double
  public var interval: Interval
  public var pairs: Int
  public var verdict: Verdict

  public init(
    role: String, against: Configuration, speedup: Double, interval: Interval, pairs: Int,
    verdict: Verdict
  ) {
    self.role = role
    self.against = against
    self.speedup = speedup
    self.interval = interval
    self.pairs = pairs
    self.verdict = verdict
  }
}
