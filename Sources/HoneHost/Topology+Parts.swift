// Topology+Parts.swift: the parts of a topology: packages, cores, caches, memories, kinds.

/// A processor package: what sits in one socket.
public struct Package: Hashable, Sendable, Codable {
  public var cpus: CPUSet
  /// As the package itself says; nil where it says nothing.
  public var model: String?
}

/// A set of cores that belong together.
public struct CPUGroup: Hashable, Sendable, Codable {
  /// "Cluster", "Book", "Drawer", or "Group" where hwloc knows no better.
  public var name: String
  public var cpus: CPUSet
}

/// A core and its hardware threads.
public struct Core: Hashable, Sendable, Codable {
  /// Its hardware threads, ascending.
  public var cpus: [Int]
  /// Index into `Topology.packages`; nil where there are none.
  public var package: Int?
  /// Number of its local NUMA node (of several, the one with DRAM); nil where unknown.
  public var node: Int?
  /// Index into `Topology.kinds`; nil where all cores are alike.
  public var kind: Int?
}

/// All caches of one level that have the same size and sharing. A level may have several of these (hybrid CPUs).
public struct CacheLevel: Hashable, Sendable, Codable {
  /// "L1d", "L1i", "L2", "L3", "MemorySide".
  public var name: String
  public var bytes: Int
  /// 0 where unknown, as `ways`.
  public var lineBytes: Int
  /// Associativity; -1 is fully associative.
  public var ways: Int
  /// Cores that share one instance.
  public var coresPerInstance: Int
  /// The CPUs of each instance.
  public var instances: [CPUSet]
}

/// Kinds of memory that behave differently.
public enum MemoryTier: String, Hashable, Sendable, Codable, CaseIterable {
  case dram = "DRAM"
  case hbm = "HBM"
  case cxl = "CXL"
  case nvm = "NVM"
  case unknown
}

/// A NUMA node: one memory and the CPUs near it.
public struct MemoryNode: Hashable, Sendable, Codable {
  /// The operating system's number.
  public var number: Int
  /// CPUs near it. A memory-only node has the CPUs of its neighbours, or none.
  public var cpus: CPUSet
  /// It has no CPUs of its own: HBM or CXL memory beside a node that has them.
  public var isMemoryOnly: Bool
  public var bytes: Int
  public var tier: MemoryTier
  /// hwloc's word for the memory ("MCDRAM", "SPM"); nil where it has none.
  public var subtype: String?
  /// Page size in bytes → pages of that size.
  public var pages: [PagePool]
  /// May this process allocate here?
  public var isAllowed: Bool
}

/// Pages of one size.
public struct PagePool: Hashable, Sendable, Codable {
  public var pageBytes: Int
  public var count: Int
  /// nil where unknown.
  public var free: Int?
}

/// Cores of one kind on a machine whose cores differ.
public struct CPUKind: Hashable, Sendable, Codable {
  /// "performance", "efficiency", "middle", or "kind 0" where no order is known.
  public var name: String
  public var cpus: CPUSet
  /// The highest is the fastest; nil where hwloc knows no order.
  public var efficiency: Int?
  /// 1024 for the fastest core of the machine (Linux's cpu_capacity).
  public var capacity: Int?
  public var maximumMHz: Int?
  public var baseMHz: Int?
  /// "IntelAtom", "IntelCore".
  public var coreType: String?
}

/// Distances between objects of one type, as the firmware or a person states them.
public struct DistanceMatrix: Hashable, Sendable, Codable {
  public var name: String
  /// "latency", "bandwidth", or "unknown".
  public var meaning: String
  /// "NUMANode", "Package", "Core", "PU".
  public var objects: String
  /// The objects: numbers of nodes and CPUs, ranks of anything else.
  public var indices: [Int]
  /// Row-major, one row an object of `indices`: from row to column.
  public var values: [UInt64]
}

/// A quantity of memory nodes, some of them as seen from a set of CPUs.
public struct MemoryAttribute: Hashable, Sendable, Codable {
  public struct Value: Hashable, Sendable, Codable {
    public var node: Int
    /// As seen from these CPUs; nil where the value does not depend on who asks.
    public var from: CPUSet?
    public var value: UInt64
  }

  /// "Capacity", "Bandwidth", "Latency", "ReadBandwidth" …, or any name that the file has.
  public var name: String
  /// "MiB/s", "ns", "bytes"; empty for attributes that Hone does not know.
  public var unit: String
  public var values: [Value]
}
