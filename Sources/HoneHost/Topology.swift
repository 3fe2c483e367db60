// Topology.swift: one machine as a value: its processors, caches and memories, and what limits us on it.

/// A machine, as hwloc and the kernel describe it.
///
/// It comes from the running system (`live`), from an hwloc XML file or from a synthetic description. What only a running
/// kernel knows is nil in the latter two. CPUs and NUMA nodes are named by the operating system's numbers, everything
/// else by its rank. Encoded as JSON it is the documented output of `hone topology` (see README.md of this module).
public struct Topology: Hashable, Sendable, Codable {
  /// Of this JSON; changes when a field changes its meaning.
  public static let schema = "hone-topology/1"

  public var schema = Topology.schema
  public var source: TopologySource
  public var processor: Processor
  public var packages: [Package] = []
  /// Chiplets, where the hardware reports them.
  public var dies: [CPUSet] = []
  /// Sets of cores between package and core that are no cache and no die: sub-NUMA clusters, books, drawers.
  public var groups: [CPUGroup] = []
  public var cores: [Core] = []
  public var caches: [CacheLevel] = []
  public var nodes: [MemoryNode] = []
  /// Empty where all cores are alike or nothing is known.
  public var kinds: [CPUKind] = []
  public var distances: [DistanceMatrix] = []
  public var memoryAttributes: [MemoryAttribute] = []
  /// CPUs that exist, also offline or hidden ones.
  public var complete = CPUSet()
  /// CPUs that are described here.
  public var online = CPUSet()
  /// Of `online`, those that the control group's cpuset allows.
  public var allowed = CPUSet()
  /// Memory as the kernel counts it (MemTotal), in bytes; nil where unknown.
  public var kernelMemoryBytes: Int?
  /// The live kernel's state; nil for imported machines.
  public var system: SystemFacts?
  /// What was changed on the way in, for people: kinds that were merged, values that were dropped.
  public var notes: [String] = []

  public init(source: TopologySource, processor: Processor) {
    self.source = source
    self.processor = processor
  }
}

/// Where a topology came from.
public struct TopologySource: Hashable, Sendable, Codable {
  public enum Kind: String, Sendable, Codable { case live, xml, synthetic }

  public var kind: Kind
  /// The file's name without its folder, or the synthetic description; empty for the running system.
  public var detail: String
  /// The hwloc that read it: "2.9".
  public var hwloc: String

  public init(kind: Kind, detail: String = "", hwloc: String = "") {
    self.kind = kind
    self.detail = detail
    self.hwloc = hwloc
  }

  public var description: String {
    switch kind {
    case .live: "this machine"
    case .xml: "file \(detail)"
    case .synthetic: "synthetic \(detail)"
    }
  }
}

extension Topology {
  /// Hardware threads per core; the largest where cores differ.
  public var threadsPerCore: Int { cores.map(\.cpus.count).max() ?? 1 }

  /// Memory in bytes: what hwloc sees in the nodes, or the kernel's own number where that is larger.
  public var memoryBytes: Int { max(nodes.reduce(0) { $0 + $1.bytes }, kernelMemoryBytes ?? 0) }

  /// CPUs that this process may run on: allowed by the cpuset and by its affinity.
  public var usable: CPUSet {
    guard let affinity = system?.affinity else { return allowed }
    let both = allowed.intersection(affinity)
    return both.isEmpty ? allowed : both
  }

  /// The data caches of a level ("L1d", "L2", "L3"), largest first.
  public func caches(named name: String) -> [CacheLevel] {
    caches.filter { $0.name == name }.sorted { $0.bytes > $1.bytes }
  }

  /// The core that owns a CPU.
  public func core(of cpu: Int) -> Core? { cores.first { $0.cpus.contains(cpu) } }
}
