// Metered.swift: what was read beside the time: energy, hardware counters, a neighbour's doings; or the reason why not.

/// A reading, or why there is none. Never 0 for "unknown".
public enum Metered<Value: Hashable & Sendable & Codable>: Hashable, Sendable {
  case value(Value)
  /// One sentence: what is missing and, where something helps, what to do.
  case unavailable(String)

  public var value: Value? { if case .value(let value) = self { value } else { nil } }
  /// "not available: …"; nil where there is a value.
  public var reason: String? {
    if case .unavailable(let reason) = self { "not available: \(reason)" } else { nil }
  }
}

extension Metered: Codable {
  private enum CodingKeys: String, CodingKey { case unavailable }

  public init(from decoder: any Decoder) throws {
    let fields = try? decoder.container(keyedBy: CodingKeys.self)
    if let reason = try fields?.decodeIfPresent(String.self, forKey: .unavailable) {
      self = .unavailable(reason)
    } else {
      self = .value(try Value(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .value(let value): try value.encode(to: encoder)
    case .unavailable(let reason):
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(reason, forKey: .unavailable)
    }
  }
}

/// Energy of one execution.
public struct Energy: Hashable, Sendable, Codable {
  /// Beyond what the idle machine draws in the same time.
  public var joules: Double
  /// What the machine draws when it idles, in watts, as measured before.
  public var idleWatts: Double
  /// What was metered: ["package-0", "dram-0"].
  public var domains: [String]
  /// Seconds of execution that the reading covers: meters step about once a millisecond, so it should be many.
  public var seconds: Double

  public init(joules: Double, idleWatts: Double, domains: [String], seconds: Double) {
    self.joules = joules
    self.idleWatts = idleWatts
    self.domains = domains
    self.seconds = seconds
  }
}

/// Hardware counters of one execution, summed over its threads.
public struct CounterValues: Hashable, Sendable, Codable {
  /// "cycles", "instructions", "llc-misses" … → count for one execution.
  public var counts: [String: Double]
  /// The smallest share of the time that a counter really counted, where the hardware had to share its counters out; 1: all of it.
  /// Counts are scaled up by it.
  public var running: Double

  public init(counts: [String: Double], running: Double) {
    self.counts = counts
    self.running = running
  }

  /// Instructions a cycle; nil without both.
  public var instructionsPerCycle: Double? {
    guard let instructions = counts["instructions"], let cycles = counts["cycles"], cycles > 0
    else { return nil }
    return instructions / cycles
  }
}

/// What a neighbour did while something was measured.
public struct NeighbourReport: Hashable, Sendable, Codable {
  /// "memory-50".
  public var name: String
  /// Share of the resource that it held: 0.47 is 47 %. It may be less than asked for: the measured kernels compete.
  public var achieved: Double
  /// Bytes a second that it read, or bytes of cache that it held.
  public var amount: Double
  /// "byte/s" or "byte".
  public var unit: String
  /// Processors that it ran on (os indices).
  public var processors: [Int]
  /// It had to run on the processors that were measured, since there were no others.
  public var sharesCores: Bool

  public init(
    name: String, achieved: Double, amount: Double, unit: String, processors: [Int],
    sharesCores: Bool
  ) {
    self.name = name
    self.achieved = achieved
    self.amount = amount
    self.unit = unit
    self.processors = processors
    self.sharesCores = sharesCores
  }
}
