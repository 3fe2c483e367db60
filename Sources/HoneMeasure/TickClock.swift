// TickClock.swift: the processor's time-stamp counter as a clock, calibrated against the system's.

internal import CPlatform
internal import Glibc
public import HoneCore

/// Reading it costs a few nanoseconds and no call; its steps are those of the counter.
public final class TickClock: MeasurementClock {
  public let resolutionNanoseconds: UInt64
  private let nanosecondsPerTick: Double
  private let base: UInt64

  /// - Parameter seconds: length of the calibration; its error is about a microsecond over that.
  /// - Throws: `HoneError` (`unavailable`) where the counter stops or changes its rate with the processor's frequency.
  public init(calibratingFor seconds: Double = 0.05) throws(HoneError) {
    guard Self.isInvariant else {
      throw HoneError(
        .unavailable, "this CPU has no time-stamp counter of constant rate",
        advice: "Choose a policy without +tsc.")
    }
    let clock = HostClock()
    let start = (ticks: CPlatform_ticks(), time: clock.now())
    usleep(UInt32(seconds * 1e6))
    let end = (ticks: CPlatform_ticks(), time: clock.now())
    nanosecondsPerTick = Double(end.time - start.time) / Double(max(1, end.ticks - start.ticks))
    base = start.ticks
    resolutionNanoseconds = UInt64(max(1, Self.stepTicks * nanosecondsPerTick))
  }

  public func now() -> UInt64 { UInt64(Double(CPlatform_ticks() &- base) * nanosecondsPerTick) }

  /// CPUID 0x80000007, EDX bit 8 (Intel SDM 18.17.1, AMD APM 2 13.2.4); ARM's virtual counter always has a constant rate.
  static var isInvariant: Bool {
    #if arch(x86_64)
      CPlatform_cpuid(0x8000_0000, 0).eax >= 0x8000_0007
        && CPlatform_cpuid(0x8000_0007, 0).edx & (1 << 8) != 0
    #else
      CPlatform_ticks() != 0
    #endif
  }

  /// The median of the steps between readings in a row.
  private static var stepTicks: Double {
    var steps: [UInt64] = []
    for _ in 0..<101 {
      let start = CPlatform_ticks()
      var end = CPlatform_ticks()
      while end == start { end = CPlatform_ticks() }
      steps.append(end &- start)
    }
    return Double(steps.sorted()[steps.count / 2])
  }
}
