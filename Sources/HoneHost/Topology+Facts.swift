// Topology+Facts.swift: the few numbers that spaces and defaults are derived from.

extension Topology {
  /// What the rest of Hone needs of this machine, within the limits of this process: cores that its cpuset and affinity
  /// allow, at most as many as its quota pays for (rounded up).
  ///
  /// Cache sizes are those of the most capable core kind: of the fastest kind where kinds are known, the largest otherwise.
  public var facts: HostFacts {
    let allowed = usableCores
    let fast = fastestKind
    let l3 = cache("L3", seenBy: fast)
    return HostFacts(
      cores: coreBudget(allowed.count), threadsPerCore: threadsPerCore,
      l1dBytes: cache("L1d", seenBy: fast)?.bytes ?? 0,
      l2Bytes: cache("L2", seenBy: fast)?.bytes ?? 0, l3Bytes: l3?.bytes ?? 0,
      coresPerL3: l3?.coresPerInstance ?? 0,
      lineBytes: cache("L1d", seenBy: fast).map(\.lineBytes).flatMap { $0 > 0 ? $0 : nil } ?? 64,
      numaNodes: max(1, nodes.count), memoryBytes: usableMemoryBytes,
      instructionSets: processor.instructionSets,
      placements: Dictionary(
        Placement.all(for: self).map { ($0.name, $0.processors) },
        uniquingKeysWith: { first, _ in first }))
  }

  /// Cores of which this process may use at least one CPU.
  public var usableCores: [Core] {
    let usable = usable
    return cores.filter { $0.cpus.contains(where: usable.contains) }
  }

  /// Memory in bytes that the machine has and the control group allows.
  private var usableMemoryBytes: Int {
    guard let limit = system?.controlGroup.memoryBytes, memoryBytes > 0 else { return memoryBytes }
    return min(limit, memoryBytes)
  }

  private func coreBudget(_ allowed: Int) -> Int {
    guard let quota = system?.controlGroup.cpus else { return max(1, allowed) }
    return max(1, min(allowed, Int(quota.rounded(.up))))
  }

  /// CPUs of the kind that is fastest; nil where all are alike.
  var fastestKind: CPUSet? { kinds.max { ($0.efficiency ?? 0) < ($1.efficiency ?? 0) }?.cpus }

  func cache(_ name: String, seenBy cpus: CPUSet?) -> CacheLevel? {
    let levels = caches(named: name)
    guard let cpus else { return levels.first }
    return levels.first { level in
      level.instances.contains { !$0.intersection(cpus).isEmpty }
    } ?? levels.first
  }
}
