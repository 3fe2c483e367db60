// Topology+Disagreements.swift: facts about one machine that contradict each other or do not go together.

/// Two sources that do not agree, or a limit that makes a number less than it looks.
public struct Disagreement: Hashable, Sendable, Codable {
  /// What it is about: "memory", "quota".
  public var subject: String
  /// Both facts, with their numbers.
  public var detail: String
  /// What it means for tuning here.
  public var consequence: String
}

extension Topology {
  /// Everything about this machine that does not fit together; empty on most.
  public var disagreements: [Disagreement] {
    [
      memoryDisagreement, quotaDisagreement, affinityDisagreement, cpusetDisagreement,
      memoryLimitDisagreement, offlineDisagreement, unsizedNodes, emptyNodes, unevenCores,
      smtDisagreement, distanceDisagreement,
    ].compactMap { $0 }
  }

  private func gibibytes(_ bytes: Int) -> String {
    let tenths = (Double(bytes) / Double(1 << 30) * 10).rounded() / 10
    return "\(tenths) GiB"
  }

  /// A virtual machine whose memory grows and shrinks shows the node's present size and the kernel's nominal one.
  private var memoryDisagreement: Disagreement? {
    let inNodes = nodes.reduce(0) { $0 + $1.bytes }
    guard let kernel = kernelMemoryBytes, inNodes > 0 else { return nil }
    let difference = Double(abs(inNodes - kernel)) / Double(max(inNodes, kernel))
    guard difference > 0.1 else { return nil }
    return Disagreement(
      subject: "memory",
      detail: "the NUMA nodes have \(gibibytes(inNodes)), the kernel counts \(gibibytes(kernel))",
      consequence: "Hone takes the larger number; the memory may be a balloon that grows on use.")
  }

  private var quotaDisagreement: Disagreement? {
    guard let quota = system?.controlGroup.cpus, quota < Double(usable.count) else { return nil }
    return Disagreement(
      subject: "quota", detail: "\(usable.count) CPUs are usable, the quota pays for \(quota)",
      consequence: "Hone tunes for at most \(facts.cores) cores; longer runs are throttled.")
  }

  private var affinityDisagreement: Disagreement? {
    guard let affinity = system?.affinity else { return nil }
    let outside = allowed.subtracting(affinity)
    guard !outside.isEmpty else { return nil }
    return Disagreement(
      subject: "affinity",
      detail: "the cpuset allows CPUs \(allowed), this process is bound to \(affinity)",
      consequence: "Hone stays on \(usable); start it without taskset to use the others.")
  }

  private var cpusetDisagreement: Disagreement? {
    let denied = online.subtracting(allowed)
    guard !denied.isEmpty else { return nil }
    return Disagreement(
      subject: "cpuset", detail: "CPUs \(denied) are there and not allowed",
      consequence: "Records belong to the whole machine's class and were measured on a part of it.")
  }

  private var memoryLimitDisagreement: Disagreement? {
    guard let limit = system?.controlGroup.memoryBytes, limit < memoryBytes else { return nil }
    return Disagreement(
      subject: "memory limit",
      detail:
        "the machine has \(gibibytes(memoryBytes)), the control group allows \(gibibytes(limit))",
      consequence: "Larger problems are killed; keep operands well below the limit.")
  }

  private var offlineDisagreement: Disagreement? {
    let hidden = complete.subtracting(online)
    guard !hidden.isEmpty else { return nil }
    return Disagreement(
      subject: "offline CPUs", detail: "CPUs \(hidden) exist and are offline or hidden",
      consequence: "They are not part of the hardware class.")
  }

  private var unsizedNodes: Disagreement? {
    guard !nodes.isEmpty, nodes.allSatisfy({ $0.bytes == 0 }) else { return nil }
    return Disagreement(
      subject: "memory", detail: "no NUMA node says how much memory it has",
      consequence: "Memory is unknown and not part of the hardware class.")
  }

  private var emptyNodes: Disagreement? {
    let empty = nodes.filter { $0.bytes == 0 }
    guard !empty.isEmpty, empty.count < nodes.count else { return nil }
    return Disagreement(
      subject: "memory",
      detail: "NUMA nodes \(CPUSet(empty.map(\.number))) have no memory, the others do",
      consequence: "Threads near them read remote memory; interleaving leaves them out.")
  }

  private var unevenCores: Disagreement? {
    guard kinds.isEmpty, let most = cores.map(\.cpus.count).max(),
      let least = cores.map(\.cpus.count).min(), most != least
    else { return nil }
    return Disagreement(
      subject: "SMT", detail: "cores have \(least) to \(most) hardware threads",
      consequence: "Some are offline or hidden; Hone places one thread a core first.")
  }

  private var smtDisagreement: Disagreement? {
    guard let active = system?.isSMTActive, active != (threadsPerCore > 1) else { return nil }
    return Disagreement(
      subject: "SMT",
      detail:
        "the kernel says that SMT is \(active ? "on" : "off"), cores have \(threadsPerCore) threads",
      consequence: "The hypervisor may hide siblings: two of these CPUs may be one core.")
  }

  private var distanceDisagreement: Disagreement? {
    guard nodes.count > 1, !distances.contains(where: { $0.objects == "NUMANode" }) else {
      return nil
    }
    return Disagreement(
      subject: "NUMA", detail: "\(nodes.count) NUMA nodes and no distances between them",
      consequence: "Hone treats all remote nodes alike.")
  }
}
