// HostFacts.swift: the few numbers about a machine that spaces, defaults and policies are derived from.

/// What the rest of Hone needs to know of a host, taken from its `Topology`. Sizes in bytes; 0 where unknown.
public struct HostFacts: Hashable, Sendable, Codable {
  /// Cores that this process may use: allowed by cpuset, affinity and quota.
  public var cores: Int
  /// Hardware threads per core.
  public var threadsPerCore: Int
  public var l1dBytes: Int
  public var l2Bytes: Int
  /// The last-level cache as seen by one core, and how many cores share it (0 where there is no L3).
  public var l3Bytes: Int
  public var coresPerL3: Int
  public var lineBytes: Int
  public var numaNodes: Int
  public var memoryBytes: Int
  /// Names of kernel builds that this CPU can run, best last: ["x86v2", "x86v3"].
  public var instructionSets: [String]
  /// Those that are whole psABI levels, without builds for extensions ("x86v4_bf16").
  public var instructionLevels: [String] {
    instructionSets.filter { !InstructionFeatures.isExtension($0) }
  }
  /// Placement name → processors (os indices) in the order in which threads take them; the first `n` for n threads. Only
  /// placements that differ on this host; always "compact".
  public var placements: [String: [Int]]

  public init(
    cores: Int, threadsPerCore: Int = 1, l1dBytes: Int = 32 << 10, l2Bytes: Int = 512 << 10,
    l3Bytes: Int = 0, coresPerL3: Int = 0, lineBytes: Int = 64, numaNodes: Int = 1,
    memoryBytes: Int = 0, instructionSets: [String] = [],
    placements: [String: [Int]]? = nil
  ) {
    self.cores = cores
    self.threadsPerCore = threadsPerCore
    self.l1dBytes = l1dBytes
    self.l2Bytes = l2Bytes
    self.l3Bytes = l3Bytes
    self.coresPerL3 = coresPerL3
    self.lineBytes = lineBytes
    self.numaNodes = numaNodes
    self.memoryBytes = memoryBytes
    self.instructionSets = instructionSets
    self.placements = placements ?? ["compact": Array(0..<cores)]
  }

  /// The size of the largest cache that a core reaches, in bytes.
  public var lastLevelBytes: Int { max(l3Bytes, l2Bytes, l1dBytes) }
}
