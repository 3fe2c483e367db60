// HostSensor.swift: reads the host's counters of preemption, migration, faults and steal time.

internal import CPlatform
internal import Glibc

/// The host's counters. Reading costs about a microsecond; steal time is looked up once a kernel tick only, because
/// /proc/stat costs time that grows with the number of CPUs.
public final class HostSensor: DisturbanceSensor {
  private let clock: any MeasurementClock
  private let descriptor: Int32
  private let ticksPerSecond: Double
  private var lastLookup: UInt64 = 0
  private var stolenSeconds = 0.0

  public init(clock: any MeasurementClock) {
    self.clock = clock
    descriptor = open("/proc/stat", O_RDONLY | O_CLOEXEC)
    ticksPerSecond = max(1, Double(sysconf(Int32(_SC_CLK_TCK))))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  public func read() -> DisturbanceReading {
    let counters = CPlatform_disturbance()
    return DisturbanceReading(
      involuntarySwitches: counters.involuntarySwitches, majorFaults: counters.majorFaults,
      minorFaults: counters.minorFaults,
      cpu: Int(counters.cpu), stolenSeconds: stolen())
  }

  private func stolen() -> Double {
    let now = clock.now()
    guard descriptor >= 0, Double(now &- lastLookup) * 1e-9 >= 1 / ticksPerSecond else {
      return stolenSeconds
    }
    lastLookup = now
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    if count > 0, let ticks = Self.stealTicks(String(decoding: bytes.prefix(count), as: UTF8.self))
    {
      stolenSeconds = Double(ticks) / ticksPerSecond
    }
    return stolenSeconds
  }

  /// The eighth number of the line that sums all CPUs: `cpu user nice system idle iowait irq softirq steal …`.
  static func stealTicks(_ stat: String) -> UInt64? {
    guard let line = stat.split(separator: "\n").first else { return nil }
    let words = line.split(separator: " ")
    guard words.count > 8, words[0] == "cpu" else { return nil }
    return UInt64(words[8])
  }
}

/// What a measurement is taken with.
public struct Instruments {
  public var clock: any MeasurementClock
  public var sensor: any DisturbanceSensor
  /// nil where energy is not metered.
  public var energy: (any EnergySensor)?

  public init(
    clock: any MeasurementClock, sensor: any DisturbanceSensor, energy: (any EnergySensor)? = nil
  ) {
    self.clock = clock
    self.sensor = sensor
    self.energy = energy
  }

  /// This machine's.
  public static func host() -> Instruments {
    let clock = HostClock()
    return Instruments(clock: clock, sensor: HostSensor(clock: clock))
  }
}
