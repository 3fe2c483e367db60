// Pollution.swift: what the system did to a sample that was none of the target's doing.

/// Why a sample is not to be trusted.
public struct Pollution: OptionSet, Hashable, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// A thread of this process was preempted more often than a sample of that length must expect.
  public static let preempted = Pollution(rawValue: 1)
  /// The measuring thread ended on another CPU than it started on.
  public static let migrated = Pollution(rawValue: 2)
  /// A page had to be read from a disk, or more pages than usual were given to the process anew.
  public static let faulted = Pollution(rawValue: 4)
  /// The hypervisor ran somebody else on our CPUs.
  public static let stolen = Pollution(rawValue: 8)
}

/// Counters that only grow, read before and after a sample.
public struct DisturbanceReading: Hashable, Sendable {
  public var involuntarySwitches: UInt64
  public var majorFaults: UInt64
  /// Pages that the process touched and did not have, without a disk being involved.
  public var minorFaults: UInt64
  /// The CPU that the measuring thread runs on, or -1 where that is unknown.
  public var cpu: Int
  /// CPU time that the hypervisor gave to others so far, in seconds over all CPUs. It moves in steps of a kernel tick.
  public var stolenSeconds: Double

  public init(
    involuntarySwitches: UInt64 = 0, majorFaults: UInt64 = 0, minorFaults: UInt64 = 0,
    cpu: Int = -1, stolenSeconds: Double = 0
  ) {
    self.involuntarySwitches = involuntarySwitches
    self.majorFaults = majorFaults
    self.minorFaults = minorFaults
    self.cpu = cpu
    self.stolenSeconds = stolenSeconds
  }

  /// What disturbed a sample that lasted `seconds`, between `start` and this reading.
  ///
  /// The scheduler's own housekeeping preempts everybody now and then: a sample may be preempted once each
  /// 20 ms before that counts. Theft counts from 1 % of the sample's length on, and so do minor faults, at a microsecond each.
  /// - Parameter usualFaults: minor faults that the target makes in every sample: those are its own doing.
  func pollution(
    since start: DisturbanceReading, lasting seconds: Double, usualFaults: UInt64 = 0
  ) -> Pollution {
    var result: Pollution = []
    let switches = Double(involuntarySwitches &- start.involuntarySwitches)
    if switches > (seconds / 0.02).rounded(.down) { result.insert(.preempted) }
    let faults = Double(faults(since: start)) - Double(usualFaults)
    if majorFaults != start.majorFaults || faults * 1e-6 > seconds * 0.01 {
      result.insert(.faulted)
    }
    if cpu != start.cpu { result.insert(.migrated) }
    if stolenSeconds - start.stolenSeconds > seconds * 0.01 { result.insert(.stolen) }
    return result
  }
}

extension DisturbanceReading {
  func faults(since start: DisturbanceReading) -> UInt64 { minorFaults &- start.minorFaults }
}

/// Reads the counters. A double returns what its test wants.
public protocol DisturbanceSensor: AnyObject {
  func read() -> DisturbanceReading
}

/// Sees nothing: for clocks that are simulated and hosts that show nothing.
public final class BlindSensor: DisturbanceSensor {
  public init() {}
  public func read() -> DisturbanceReading { DisturbanceReading() }
}
