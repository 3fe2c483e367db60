// SystemFacts.swift: what the running kernel knows about the machine's state and about this process's limits.

internal import Glibc

/// The state of a live system. Optional fields are nil where the kernel does not say.
public struct SystemFacts: Hashable, Sendable, Codable {
  /// Release: "6.1.0-13-amd64".
  public var kernel: String?
  public var pageBytes: Int
  /// Huge pages that the administrator set aside.
  public var hugePages: [PagePool]
  /// "always", "madvise", "never".
  public var transparentHugePages: String?
  /// "performance", "schedutil" …; several, comma-separated, where CPUs differ.
  public var governor: String?
  public var boost: Bool?
  public var isSMTActive: Bool?
  /// "tsc", "kvm-clock".
  public var clockSource: String?
  public var numaBalancing: Bool?
  /// CPUs that the process may run on (its affinity).
  public var affinity: CPUSet?
  public var controlGroup: ControlGroupLimits

  public init(files: SystemFiles) {
    kernel = files.line("proc/sys/kernel/osrelease")
    pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    hugePages = Self.hugePages(files)
    transparentHugePages = Self.chosen(files.line("sys/kernel/mm/transparent_hugepage/enabled"))
    governor = Self.governor(files)
    boost = Self.boost(files)
    isSMTActive = files.integer("sys/devices/system/cpu/smt/active").map { $0 != 0 }
    clockSource = files.line("sys/devices/system/clocksource/clocksource0/current_clocksource")
    numaBalancing = files.integer("proc/sys/kernel/numa_balancing").map { $0 != 0 }
    affinity = files.field("Cpus_allowed_list", in: "proc/self/status").flatMap {
      CPUSet(list: $0)
    }
    controlGroup = ControlGroupLimits(files: files)
  }

  /// The bracketed word of "always [madvise] never".
  static func chosen(_ line: String?) -> String? {
    guard let line, let start = line.firstIndex(of: "["), let end = line.firstIndex(of: "]"),
      start < end
    else { return nil }
    return String(line[line.index(after: start)..<end])
  }

  private static func hugePages(_ files: SystemFiles) -> [PagePool] {
    let folder = "sys/kernel/mm/hugepages"
    return files.names(in: folder).compactMap { name -> PagePool? in
      guard name.hasPrefix("hugepages-"), name.hasSuffix("kB"),
        let kilobytes = Int(name.dropFirst(10).dropLast(2)), kilobytes < 1 << 40
      else { return nil }
      return PagePool(
        pageBytes: kilobytes << 10, count: files.integer("\(folder)/\(name)/nr_hugepages") ?? 0,
        free: files.integer("\(folder)/\(name)/free_hugepages"))
    }.sorted { $0.pageBytes < $1.pageBytes }
  }

  private static func governor(_ files: SystemFiles) -> String? {
    let folder = "sys/devices/system/cpu/cpufreq"
    let names = files.names(in: folder).filter { $0.hasPrefix("policy") }.compactMap {
      files.line("\(folder)/\($0)/scaling_governor")
    }
    return names.isEmpty ? nil : Set(names).sorted().joined(separator: ",")
  }

  /// `no_turbo` of intel_pstate says the opposite of `boost` of the other drivers.
  private static func boost(_ files: SystemFiles) -> Bool? {
    if let off = files.integer("sys/devices/system/cpu/intel_pstate/no_turbo") { return off == 0 }
    return files.integer("sys/devices/system/cpu/cpufreq/boost").map { $0 != 0 }
  }
}
