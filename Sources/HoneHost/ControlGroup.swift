// ControlGroup.swift: how much CPU time and memory the process's control groups leave it; hwloc sees none of this.

/// The limits of the control groups (v1 or v2) that a process is in; nil is unlimited or unknown.
public struct ControlGroupLimits: Hashable, Sendable, Codable {
  /// CPU time per time: 2.5 is two and a half CPUs.
  public var cpus: Double?
  public var memoryBytes: Int?
  /// 1 or 2; 0 where no control group was found.
  public var version: Int
  /// Periods in which the group was stopped because its quota was used up, since it exists.
  public var throttledPeriods: Int?

  public init(
    cpus: Double? = nil, memoryBytes: Int? = nil, version: Int = 0, throttledPeriods: Int? = nil
  ) {
    self.cpus = cpus
    self.memoryBytes = memoryBytes
    self.version = version
    self.throttledPeriods = throttledPeriods
  }

  /// Reads /proc/self/cgroup and the folders it names, each with all its parents, of which the tightest counts.
  public init(files: SystemFiles) {
    self.init()
    for line in (files.text("proc/self/cgroup") ?? "").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",").map(String.init)
      if controllers.isEmpty {
        readUnified(path: String(parts[2]), files)
      } else {
        readVersion1(controllers: controllers, path: String(parts[2]), files)
      }
    }
  }

  private static let mounts = "sys/fs/cgroup"

  /// Version 2: one hierarchy. Beside version 1 it is mounted at `unified` and rules nothing.
  private mutating func readUnified(path: String, _ files: SystemFiles) {
    for folder in Self.folders(below: Self.mounts, path: path) {
      if let quota = files.line("\(folder)/cpu.max") { tighten(cpus: Self.quota(quota)) }
      if let limit = files.line("\(folder)/memory.max") { tighten(memory: Int(limit)) }
    }
    if files.exists("\(Self.mounts)/cgroup.controllers") { version = 2 }
    readThrottling(below: Self.mounts, path: path, files)
  }

  private mutating func readVersion1(
    controllers: [String], path: String, _ files: SystemFiles
  ) {
    let joined = controllers.joined(separator: ",")
    let mount = [joined, controllers[0]].map { "\(Self.mounts)/\($0)" }.first { files.exists($0) }
    guard let mount else { return }
    if controllers.contains("cpu") {
      version = max(version, 1)
      for folder in Self.folders(below: mount, path: path) {
        guard let quota = files.integer("\(folder)/cpu.cfs_quota_us"), quota > 0,
          let period = files.integer("\(folder)/cpu.cfs_period_us"), period > 0
        else { continue }
        tighten(cpus: Double(quota) / Double(period))
      }
      readThrottling(below: mount, path: path, files)
    }
    guard controllers.contains("memory") else { return }
    for folder in Self.folders(below: mount, path: path) {
      tighten(memory: files.integer("\(folder)/memory.limit_in_bytes"))
    }
  }

  private mutating func readThrottling(below mount: String, path: String, _ files: SystemFiles) {
    for folder in Self.folders(below: mount, path: path) {
      guard let text = files.text("\(folder)/cpu.stat") else { continue }
      let line = text.split(separator: "\n").first { $0.hasPrefix("nr_throttled ") }
      guard let count = line.flatMap({ Int($0.dropFirst(13)) }) else { continue }
      throttledPeriods = max(throttledPeriods ?? 0, count)
    }
  }

  /// "200000 100000" is 2; "max 100000" is unlimited.
  private static func quota(_ text: String) -> Double? {
    let parts = text.split(separator: " ").map { Double($0) }
    guard let first = parts.first, let quota = first, quota > 0 else { return nil }
    let period = parts.count > 1 ? parts[1] ?? 0 : 100_000
    let cpus = quota / period
    return period > 0 && cpus.isFinite ? cpus : nil
  }

  private mutating func tighten(cpus limit: Double?) {
    if let limit { cpus = min(cpus ?? limit, limit) }
  }

  /// Version 1 writes "unlimited" as the largest multiple of the page size.
  private mutating func tighten(memory limit: Int?) {
    if let limit, limit > 0, limit < 1 << 60 { memoryBytes = min(memoryBytes ?? limit, limit) }
  }

  /// "/a/b" → mount/a/b, mount/a, mount: in a container the first ones may not exist.
  private static func folders(below mount: String, path: String) -> [String] {
    let parts = path.split(separator: "/").filter { $0 != ".." }.map(String.init)
    return (0...parts.count).reversed().map { ([mount] + parts[..<$0]).joined(separator: "/") }
  }
}
