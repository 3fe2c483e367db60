// QuietnessEvidence.swift: what is observed on a machine before it is judged.

internal import CPlatform
internal import Glibc

/// CPU time since boot, in ticks of the kernel's clock.
struct CPUTimes: Equatable {
  var busy = 0
  var steal = 0
  var total = 0

  /// The fields of a "cpu" line of /proc/stat: user nice system idle iowait irq softirq steal (guest times are in user).
  init?(line: Substring) {
    let fields = line.split(separator: " ").dropFirst().compactMap { Int($0) }
    guard fields.count >= 4 else { return nil }
    let counted = fields.prefix(8)
    steal = fields.count > 7 ? fields[7] : 0
    total = counted.reduce(0, +)
    let idle = fields[3] + (fields.count > 4 ? fields[4] : 0)
    busy = total - idle - steal
  }

  init(busy: Int, steal: Int, total: Int) {
    self.busy = busy
    self.steal = steal
    self.total = total
  }

  /// By CPU number, from the text of /proc/stat.
  static func all(_ text: String) -> [Int: CPUTimes] {
    var times: [Int: CPUTimes] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
      guard let number = Int(line.dropFirst(3).prefix { $0 != " " }) else { continue }
      times[number] = CPUTimes(line: line)
    }
    return times
  }
}

/// Time of some CPUs between two looks.
struct CPUWindow: Equatable {
  var busy = 0
  var steal = 0
  var total = 0

  init() {}

  init(from before: [Int: CPUTimes], to after: [Int: CPUTimes], on cpus: CPUSet) {
    for cpu in cpus.members {
      guard let first = before[cpu], let last = after[cpu] else { continue }
      busy += max(0, last.busy - first.busy)
      steal += max(0, last.steal - first.steal)
      total += max(0, last.total - first.total)
    }
  }

  /// Of the CPUs' time; nil where the window is empty.
  var busyShare: Double? { total > 0 ? Double(busy) / Double(total) : nil }
  var stealShare: Double? { total > 0 ? Double(steal) / Double(total) : nil }
}

/// Observations of one machine over a short time.
struct QuietnessEvidence {
  var topology: Topology
  var files: SystemFiles
  /// Our CPUs while this process slept, and the siblings of our cores that we may not use.
  var idle = CPUWindow()
  /// Our CPUs over the whole time.
  var whole = CPUWindow()
  var throttledPeriods = 0
  var thermalEvents = 0
  /// Seconds of equal pieces of work, in order.
  var spins: [Double] = []
  /// Times that the spinning thread was taken off its CPU.
  var involuntarySwitches = 0
  /// Smallest step of the clock, in seconds; 0 where not measured.
  var clockStep = 0.0

  init(topology: Topology, files: SystemFiles) {
    self.topology = topology
    self.files = files
  }

  static func collect(
    _ topology: Topology, files: SystemFiles, seconds: Double
  ) -> QuietnessEvidence {
    var evidence = QuietnessEvidence(topology: topology, files: files)
    let throttledBefore = ControlGroupLimits(files: files).throttledPeriods ?? 0
    let thermalBefore = thermalCount(files)
    let start = CPUTimes.all(files.text("proc/stat") ?? "")
    sleep(seconds / 2)
    let middle = CPUTimes.all(files.text("proc/stat") ?? "")
    evidence.clockStep = smallestClockStep()
    evidence.spin(seconds: seconds / 2)
    let end = CPUTimes.all(files.text("proc/stat") ?? "")
    evidence.idle = CPUWindow(from: start, to: middle, on: coreCPUs(topology))
    evidence.whole = CPUWindow(from: start, to: end, on: topology.usable)
    evidence.throttledPeriods =
      (ControlGroupLimits(files: files).throttledPeriods ?? 0) - throttledBefore
    evidence.thermalEvents = thermalCount(files) - thermalBefore
    return evidence
  }

  /// All CPUs of the cores that we use: a busy sibling takes half a core.
  private static func coreCPUs(_ topology: Topology) -> CPUSet {
    CPUSet(topology.usableCores.flatMap(\.cpus))
  }

  private static func thermalCount(_ files: SystemFiles) -> Int {
    let folder = "sys/devices/system/cpu"
    return files.names(in: folder).filter { $0.hasPrefix("cpu") }.reduce(0) { sum, cpu in
      let counts = ["core_throttle_count", "package_throttle_count"].compactMap {
        files.integer("\(folder)/\(cpu)/thermal_throttle/\($0)")
      }
      return sum + counts.reduce(0, +)
    }
  }

  private static func sleep(_ seconds: Double) {
    guard seconds > 0 else { return }
    usleep(UInt32(min(seconds, 60) * 1e6))
  }
}

// MARK: - The clock and the frequency

extension QuietnessEvidence {
  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_RAW, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Of 1000 pairs of readings.
  private static func smallestClockStep() -> Double {
    var smallest = Double.infinity
    for _ in 0..<1000 {
      let first = now()
      var second = now()
      while second <= first { second = now() }
      smallest = min(smallest, second - first)
    }
    return smallest
  }

  /// Repeats the same piece of work, about 2 ms, until the time is over: what changes is the clock frequency, or others.
  private mutating func spin(seconds: Double) {
    guard seconds > 0 else { return }
    var before = CPlatform_ThreadUsage()
    var after = CPlatform_ThreadUsage()
    let count = Self.stepsForTwoMilliseconds()
    CPlatform_threadUsage(&before)
    let end = Self.now() + seconds
    var start = Self.now()
    while start < end {
      _ = CPlatform_spin(count)
      let finish = Self.now()
      spins.append(finish - start)
      start = finish
    }
    CPlatform_threadUsage(&after)
    involuntarySwitches = Int(after.involuntarySwitches - before.involuntarySwitches)
  }

  private static func stepsForTwoMilliseconds() -> UInt64 {
    let probe: UInt64 = 200_000
    var best = Double.infinity
    for _ in 0..<5 {
      let start = now()
      _ = CPlatform_spin(probe)
      best = min(best, now() - start)
    }
    return UInt64(max(1000, Double(probe) * 0.002 / max(best, 1e-9)))
  }

  /// The spread of the middle 90 % of the spins, relative to their median; nil with fewer than 20.
  var drift: Double? {
    guard spins.count >= 20 else { return nil }
    let sorted = spins.sorted()
    let low = sorted[sorted.count / 20]
    let high = sorted[sorted.count - 1 - sorted.count / 20]
    let median = sorted[sorted.count / 2]
    return median > 0 ? (high - low) / median : nil
  }
}
