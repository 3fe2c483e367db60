// EnergySensor.swift: where joules come from: the host's counters, or a simulated machine's.

/// A counter of energy that only grows.
public protocol EnergySensor: AnyObject {
  /// Joules drawn so far.
  func joules() -> Double
  /// What the idle machine draws.
  var idleWatts: Double { get }
  /// What is metered: "package-0".
  var domains: [String] { get }
}
