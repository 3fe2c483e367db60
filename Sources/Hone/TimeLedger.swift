// TimeLedger.swift: where the seconds of a tuning session went: kernels, operands, oracles, planning, searching, writing.

internal import HoneMeasure

/// Seconds of a session by what they were spent on. What no part claims is waiting and book-keeping between samples.
public final class TimeLedger {
  public enum Part: String, CaseIterable, Sendable {
    /// Inside kernels: proofs, warm-ups, samples, and the probes of the machine's limits.
    case kernels
    case operands, oracle, planning, search, journal
  }

  private let clock: any MeasurementClock
  private var seconds: [Part: Double] = [:]

  init(clock: any MeasurementClock) { self.clock = clock }

  public subscript(part: Part) -> Double { seconds[part] ?? 0 }

  func add(_ part: Part, _ seconds: Double) { self.seconds[part, default: 0] += seconds }

  /// Runs `work` and books its time, also where it throws.
  func spend<Result, Failure: Error>(
    _ part: Part, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = clock.now()
    defer { add(part, clock.seconds(since: start)) }
    return try work()
  }

  /// Reads the clock around `work` and returns what it took, for whoever plans with it.
  func timed<Result>(_ work: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
    let start = clock.now()
    let result = try work()
    return (result, clock.seconds(since: start))
  }
}
