// HardwareCounters.swift: counts cycles, instructions, cache and TLB misses and stalls of all threads of this process, or says why not.

internal import CPlatform
internal import Glibc
public import HoneCore

/// Counters on every thread that the process has when they are opened: a team's threads must have been started before.
///
/// PERF_EVENT_IOC_RESET sets counts to zero and leaves the times running, so times are differences. Events that must be counted at the same
/// time (misses beside references) share a group; the kernel schedules a group as a whole and takes turns among groups where
/// there are more events than counters. Counts are then scaled by the time they missed (perf_event_open(2)).
public final class HardwareCounters {
  /// An event: its name in records, its number for `CPlatform_perfEvent`, its group.
  struct Event: Sendable {
    var name: String
    var number: Int32
    var group: Int
  }

  static let events = [
    Event(name: "cycles", number: 0, group: 0), Event(name: "instructions", number: 1, group: 0),
    Event(name: "llc-references", number: 2, group: 1),
    Event(name: "llc-misses", number: 3, group: 1),
    Event(name: "dtlb-misses", number: 4, group: 2),
    Event(name: "stalled-cycles-frontend", number: 5, group: 3),
    Event(name: "stalled-cycles-backend", number: 6, group: 3),
  ]

  private var opened: [(event: Int, descriptor: Int32, isLeader: Bool)] = []
  private var starts: [CPlatform_PerfReading] = []

  /// - Throws: `CounterRefusal` where not even cycles or instructions can be counted.
  public init(files: SystemFiles = SystemFiles()) throws(CounterRefusal) {
    var failure: Int32 = 0
    for thread in files.names(in: "proc/self/task").compactMap({ Int32($0) }) {
      open(thread, &failure)
    }
    guard !opened.isEmpty else {
      throw CounterRefusal(number: failure == 0 ? ENOENT : failure, files: files)
    }
  }

  deinit { for each in opened { close(each.descriptor) } }

  /// An event that this CPU lacks is left out; a group that cannot lead leaves its members to lead.
  private func open(_ thread: Int32, _ failure: inout Int32) {
    var leaders: [Int: Int32] = [:]
    for (index, event) in Self.events.enumerated() {
      let kind = CPlatform_perfEvent(event.number)
      let leader = leaders[event.group] ?? -1
      var descriptor = CPlatform_openPerf(kind, thread, leader)
      var isLeader = leader < 0
      if descriptor < 0, !isLeader {
        descriptor = CPlatform_openPerf(kind, thread, -1)
        isLeader = true
      }
      guard descriptor >= 0 else {
        if failure == 0 { failure = -descriptor }
        continue
      }
      if isLeader { leaders[event.group] = descriptor }
      opened.append((index, descriptor, isLeader))
    }
  }

  /// What is counted, in the order of the table.
  public var names: [String] {
    let present = Set(opened.map(\.event))
    return Self.events.indices.filter(present.contains).map { Self.events[$0].name }
  }

  public func start() {
    starts = opened.map { Self.read($0.descriptor) ?? CPlatform_PerfReading() }
    for each in opened where each.isLeader { CPlatform_startPerf(each.descriptor) }
  }

  /// Counts for one of the `executions` since `start`; nil where nothing was counted.
  public func stop(executions: Int) -> CounterValues? {
    for each in opened where each.isLeader { CPlatform_stopPerf(each.descriptor) }
    var readings: [CounterReading] = []
    for (each, start) in zip(opened, starts) {
      guard let end = Self.read(each.descriptor) else { continue }
      readings.append(
        CounterReading(
          name: Self.events[each.event].name, count: end.value,
          enabled: end.enabled - start.enabled, running: end.running - start.running))
    }
    return CounterValues(readings, executions: executions)
  }

  private static func read(_ descriptor: Int32) -> CPlatform_PerfReading? {
    var reading = CPlatform_PerfReading()
    return CPlatform_readPerf(descriptor, &reading) == 0 ? reading : nil
  }
}

/// One event of one thread, as the kernel counted it.
struct CounterReading: Hashable {
  var name: String
  var count: UInt64
  /// Nanoseconds that it was wanted, and that it was counted.
  var enabled: UInt64
  var running: UInt64
}

extension CounterValues {
  /// Sums threads, scales what was counted for part of the time, and divides by the executions. Threads that did not run while counted
  /// (`enabled` 0) count nothing; an event that was wanted somewhere and never counted there is left out: its sum would be too
  /// small. nil where nothing is left.
  init?(_ readings: [CounterReading], executions: Int) {
    guard executions > 0 else { return nil }
    var sums: [String: Double] = [:]
    var incomplete: Set<String> = []
    var least = 1.0
    for reading in readings where reading.enabled > 0 {
      guard reading.running > 0 else {
        incomplete.insert(reading.name)
        continue
      }
      let share = min(1, Double(reading.running) / Double(reading.enabled))
      sums[reading.name, default: 0] += Double(reading.count) / share
      least = min(least, share)
    }
    let complete = sums.filter { !incomplete.contains($0.key) }
    guard !complete.isEmpty else { return nil }
    self.init(counts: complete.mapValues { $0 / Double(executions) }, running: least)
  }
}

/// Why there are no hardware counters.
public struct CounterRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  init(number: Int32, files: SystemFiles) {
    let paranoid = files.line("proc/sys/kernel/perf_event_paranoid")
    let level = paranoid.map { "kernel.perf_event_paranoid is \($0)" } ?? "no perf_event_paranoid"
    switch number {
    case EACCES, EPERM:
      description =
        "the kernel forbids them (\(level)): set it to 2 or less, or give this program CAP_PERFMON; a container's seccomp profile may forbid them, too"
    case ENOENT, ENODEV, EOPNOTSUPP:
      description =
        "this machine shows no hardware counters: a virtual machine without a virtual PMU, most likely (\(level))"
    case ENOSYS:
      description = "this kernel was built without perf events, or a sandbox hides them"
    default:
      description = "perf_event_open answers: \(String(cString: strerror(number))) (\(level))"
    }
  }
}
