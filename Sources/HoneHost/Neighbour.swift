// Neighbour.swift: runs processes beside a measurement that hold a share of memory bandwidth or of the last-level cache.

internal import CPlatform
internal import Glibc
public import HoneCore

/// A neighbour that works until it is released. It is calibrated on this machine when it starts, and tells what it really held.
///
/// **Memory.** Each process reads memory from end to end at a rate of its own. What all processors together reach at full speed is
/// the whole; the rate is the share of it that was asked for, divided among the processes.
///
/// **Cache.** Each process walks over its part of the share in a scattered order, fast enough to keep it recent. How long a line takes
/// tells hits from misses: both were timed before, on a small span and on one of four times the cache.
///
/// **Where.** On processors that the measured threads do not use; where there are none, on theirs, and then `sharesCores` is true.
public final class Neighbour {
  public let load: CoLoad
  public let processors: [Int]
  /// It runs on the processors that are measured: preemption is part of the condition then.
  public let sharesCores: Bool
  let processes: [NeighbourProcess]
  private let calibration: NeighbourCalibration
  private var windowStart: NeighbourCounts

  /// - Parameters:
  ///   - cores: how many cores the measured threads use.
  ///   - seconds: how long each step of the calibration lasts.
  /// - Throws: `HoneError` (`unavailable`) where the cache's size is not known or a process cannot be made.
  public init(
    _ load: CoLoad, beside cores: Int, of host: HostFacts, seconds: Double = 0.15
  ) throws(HoneError) {
    guard host.lastLevelBytes > 0 else {
      throw HoneError(
        .unavailable, "the neighbour '\(load.name)' needs the size of the last-level cache",
        advice: "This machine does not tell it (`hone topology`); choose a policy without one.")
    }
    self.load = load
    (processors, sharesCores) = Self.places(beside: cores, of: host)
    let all = load.resource == .memory ? host.processors : processors
    let capacity = Self.capacity(host, processes: all.count)
    let started = try NeighbourProcess.start(on: all, capacity: capacity)
    calibration = NeighbourCalibration(
      load.resource, started, lastLevelBytes: host.lastLevelBytes, capacity: capacity,
      seconds: seconds)
    let staying = Set(processors)
    processes = started.filter { staying.contains($0.processor) }
    windowStart = NeighbourCounts(processes)
    calibration.command(load, processes)
    beginWindow()
  }

  /// Starts the time that the next report is about.
  public func beginWindow() { windowStart = NeighbourCounts(processes) }

  /// What it held since `beginWindow`.
  public var report: NeighbourReport {
    let held = calibration.held(load, since: windowStart, until: NeighbourCounts(processes))
    return NeighbourReport(
      name: load.name, achieved: held.share, amount: held.amount,
      unit: load.resource == .memory ? "byte/s" : "byte", processors: processors,
      sharesCores: sharesCores)
  }

  /// Processors for the neighbour beside threads on `cores` cores, wherever a placement may put those.
  static func places(
    beside cores: Int, of host: HostFacts
  ) -> (processors: [Int], sharesCores: Bool) {
    let all = host.processors
    let taken = Set(host.placements.values.flatMap { $0.prefix(cores) })
    let free = all.filter { !taken.contains($0) }
    if !free.isEmpty { return (free, false) }
    let beyond = all.dropFirst(cores)
    return beyond.isEmpty ? (all, true) : (Array(beyond), false)
  }

  /// Bytes of one process: four times the cache, but all of them never more than an eighth of the memory.
  private static func capacity(_ host: HostFacts, processes: Int) -> Int {
    let wanted = 4 * host.lastLevelBytes
    guard host.memoryBytes > 0 else { return wanted }
    return min(wanted, max(1 << 20, host.memoryBytes / 8 / max(1, processes)))
  }
}

extension HostFacts {
  /// All processors that this process may use, nearest first.
  var processors: [Int] { placements["compact"] ?? Array(0..<cores) }
}
