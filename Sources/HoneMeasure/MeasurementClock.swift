// MeasurementClock.swift: where time comes from: the host's raw monotonic clock, or a simulated one in tests.

internal import Glibc

/// A clock that never goes back.
public protocol MeasurementClock: AnyObject {
  /// Nanoseconds since some fixed moment.
  func now() -> UInt64
  /// The smallest step between two different readings, in nanoseconds; at least 1.
  var resolutionNanoseconds: UInt64 { get }
}

extension MeasurementClock {
  /// Seconds since `start`, a reading of this clock.
  public func seconds(since start: UInt64) -> Double { Double(now() &- start) * 1e-9 }
}

/// CLOCK_MONOTONIC_RAW: not slewed by NTP, so that a second is the same second throughout a run.
public final class HostClock: MeasurementClock {
  public let resolutionNanoseconds: UInt64

  public init() { resolutionNanoseconds = Self.measuredResolution() }

  public func now() -> UInt64 { Self.read() }

  private static func read() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_RAW, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// The median of the steps that are seen between readings in a row: what `clock_getres` claims (1 ns) is not what a
  /// reading costs.
  private static func measuredResolution() -> UInt64 {
    var steps: [UInt64] = []
    for _ in 0..<101 {
      let start = read()
      var end = read()
      while end == start { end = read() }
      steps.append(end &- start)
    }
    return max(1, steps.sorted()[steps.count / 2])
  }
}
