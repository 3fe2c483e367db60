// EnergyMeter.swift: the energy counters of the processor packages and the memory (RAPL), read through powercap.

internal import Glibc

/// Joules drawn since the meter was made. Counters wrap around at a range that the kernel tells; read the meter more often than that (a
/// package at 200 W takes twenty minutes with the usual range, and never less than twenty seconds).
///
/// Linux shows one folder a zone under /sys/class/powercap: `name`, `energy_uj`, `max_energy_range_uj` (Documentation/power/powercap). A
/// package contains its cores and uncore, so of its parts only memory ("dram"), which it does not contain, is added. Since
/// Linux 5.10 only root may read `energy_uj` (CVE-2020-8694: it told too much about others).
public final class EnergyMeter {
  /// "package-0", "dram-0": what is added up.
  public let domains: [String]
  private var counters: [Counter]
  private let files: SystemFiles

  private struct Counter {
    var path: String
    /// Microjoules at which it starts again from 0; 0 where the kernel does not say.
    var range: UInt64
    var last: UInt64
    var total: UInt64 = 0
  }

  /// Why there is no meter: one sentence that says what to do where something can be done.
  public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
  }

  public init(files: SystemFiles = SystemFiles()) throws(Refusal) {
    self.files = files
    let zones = Self.zones(files)
    guard !zones.isEmpty else {
      throw Refusal(
        description:
          "no energy counters in /\(Self.folder): the CPU has none that Linux knows, the module intel_rapl_common is not loaded, or a virtual machine hides them"
      )
    }
    counters = []
    for zone in zones {
      guard let energy = files.line("\(zone.path)/energy_uj").flatMap({ UInt64($0) }) else {
        throw Refusal(
          description:
            "/\(zone.path)/energy_uj cannot be read: only root may (CVE-2020-8694); run as root, or let root `chmod a+r` it"
        )
      }
      let range = files.line("\(zone.path)/max_energy_range_uj").flatMap { UInt64($0) } ?? 0
      counters.append(Counter(path: zone.path, range: range, last: energy))
    }
    domains = zones.map(\.name)
  }

  /// Joules since the meter was made, over all domains.
  public func joules() -> Double {
    for index in counters.indices {
      guard let now = files.line("\(counters[index].path)/energy_uj").flatMap({ UInt64($0) })
      else { continue }
      counters[index].total += Self.step(
        from: counters[index].last, to: now, range: counters[index].range)
      counters[index].last = now
    }
    return Double(counters.reduce(0) { $0 + $1.total }) * 1e-6
  }

  /// What the idle machine draws, in watts. Throws where the counters stand still: some virtual machines show counters that never move.
  /// - Parameter sleep: lets that many seconds pass and returns how many really did; replaced in tests.
  public func idleWatts(
    seconds: Double = 0.3, sleep: (Double) -> Double = EnergyMeter.sleepOnClock
  ) throws(Refusal) -> Double {
    let before = joules()
    let elapsed = sleep(seconds)
    let drawn = joules() - before
    guard drawn > 0, elapsed > 0 else {
      throw Refusal(
        description:
          "the energy counters (\(domains.joined(separator: ", "))) stand still: this machine shows them and does not feed them"
      )
    }
    return drawn / elapsed
  }

  /// Microjoules between two readings; a smaller second one has wrapped around once.
  static func step(from last: UInt64, to now: UInt64, range: UInt64) -> UInt64 {
    if now >= last { return now - last }
    // The range is the largest value that is shown, so one more is a whole turn.
    return range >= last ? range - last + now + 1 : 0
  }

  static let folder = "sys/class/powercap"

  /// Packages, and memory beside them; each name once (a package may be shown by two drivers).
  private static func zones(_ files: SystemFiles) -> [(name: String, path: String)] {
    var found: [(name: String, path: String)] = []
    // "intel-rapl:0" before "intel-rapl-mmio:0", the second view of the same package.
    let entries = files.names(in: folder).filter { $0.contains(":") }.sorted {
      ($0.prefix { $0 != ":" }.count, $0) < ($1.prefix { $0 != ":" }.count, $1)
    }
    for entry in entries {
      let path = "\(folder)/\(entry)"
      guard let name = files.line("\(path)/name") else { continue }
      let parent = entry.split(separator: ":").dropLast().joined(separator: ":")
      let package = files.line("\(folder)/\(parent)/name")?.split(separator: "-").last ?? ""
      if name.hasPrefix("package") { found.append((name, path)) }
      if name == "dram" { found.append(("dram-\(package)", path)) }
    }
    var seen: Set<String> = []
    return found.filter { seen.insert($0.name).inserted }
  }

  public static func sleepOnClock(_ seconds: Double) -> Double {
    var start = timespec()
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &start)
    usleep(UInt32(min(max(seconds, 0), 60) * 1e6))
    clock_gettime(CLOCK_MONOTONIC, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
  }
}
