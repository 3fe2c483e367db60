// Measurement.swift: samples of one configuration under one policy, and what they say about another configuration.

/// Under which conditions something was measured. Stored with each measurement and matched at look-up: a warm-cache
/// winner is not an answer to a cold-cache question.
public struct MeasurementPolicy: Hashable, Sendable, Codable {
  public enum Operands: String, Sendable, Codable {
    /// The same operands each time: as warm as they fit the caches.
    case warm
    /// Operands that are constant in use (weights, tables, caches of keys and values) rotate over more memory than the last-level cache.
    case cold
  }

  public var operands: Operands
  /// "4k", "thp" (transparent huge pages asked for).
  public var pages: String
  /// "none", or the name of the neighbour that ran beside.
  public var coLoad: String

  public init(operands: Operands = .warm, pages: String = "thp", coLoad: String = "none") {
    self.operands = operands
    self.pages = pages
    self.coLoad = coLoad
  }

  /// "warm", "cold": the short name that people type; anything unusual is appended.
  public var name: String {
    var parts = [operands.rawValue]
    if pages != "thp" { parts.append(pages) }
    if coLoad != "none" { parts.append(coLoad) }
    return parts.joined(separator: "+")
  }
}

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
  /// Samples that were thrown away and retaken because the system disturbed them (steal, migration, context switch).
  public var polluted: Int

  public init(
    samples: [Double], batch: Int, median: Double, interval: Interval, polluted: Int = 0
  ) {
    self.samples = samples
    self.batch = batch
    self.median = median
    self.interval = interval
    self.polluted = polluted
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
