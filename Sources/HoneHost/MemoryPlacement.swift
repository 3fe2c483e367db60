// MemoryPlacement.swift: on which NUMA nodes memory lies, through libnuma, or a reason why it lies where it lies.

internal import CNuma
internal import Glibc

/// Where the pages of a region go. Nothing moves pages that were touched already.
public enum MemoryPlacement: Hashable, Sendable {
  /// Each page to the node of the thread that touches it first: the system's default.
  case local
  /// Pages in turn to all nodes that have CPUs.
  case interleave
  /// All pages to one node, by the operating system's number.
  case onNode(Int)

  /// Applies it to untouched memory. Returns nil, or why the memory stays where first touch puts it.
  func apply(to base: UnsafeMutableRawPointer, bytes: Int) -> String? {
    switch self {
    case .local: return nil
    case .interleave:
      let nodes = Self.cpuNodes()
      guard nodes.count > 1 else {
        return "not interleaved: this machine has one NUMA node with memory"
      }
      return Self.bind(base, bytes, policy: Int32(MPOL_INTERLEAVE), nodes: CPUSet(nodes))
        .map { "not interleaved: \($0)" }
    case .onNode(let node):
      guard Self.knownNodes().contains(node) else {
        return
          "not on node \(node): this machine has no NUMA node \(node) that this process may use"
      }
      return Self.bind(base, bytes, policy: Int32(MPOL_BIND), nodes: CPUSet([node]))
        .map { "not on node \(node): \($0)" }
    }
  }

  /// Nodes that have memory and that this process may use.
  static func knownNodes() -> [Int] { nodes { _ in true } }

  /// Of those, the ones with CPUs: fast memory is not mixed with HBM or CXL by accident.
  static func cpuNodes() -> [Int] { nodes { !$0.isMemoryOnly } }

  /// Can memory be near to some threads and far from others? Read once a process.
  public static let hasSeveralNodes = knownNodes().count > 1

  private static func nodes(where isWanted: (MemoryNode) -> Bool) -> [Int] {
    guard let hwloc = try? HwlocTopology.thisMachine() else { return [] }
    return hwloc.nodes().filter { $0.bytes > 0 && $0.isAllowed && isWanted($0) }.map(\.number)
  }

  /// libnuma's own wrappers print on standard error; the call beneath them does not.
  private static func bind(
    _ base: UnsafeMutableRawPointer, _ bytes: Int, policy: Int32, nodes: CPUSet
  ) -> String? {
    guard numa_available() >= 0 else {
      return "the kernel has no NUMA support, or it is forbidden here (seccomp)"
    }
    var mask = nodes.words.map { UInt($0) }
    // The kernel reads one bit less than it is told.
    let code = mbind(base, UInt(bytes), policy, &mask, UInt(mask.count * 64 + 1), 0)
    return code == 0 ? nil : String(cString: strerror(errno))
  }

  /// The node that a page of memory lies on; nil where it was not touched yet or the system does not say.
  public static func node(of address: UnsafeRawPointer) -> Int? {
    guard numa_available() >= 0 else { return nil }
    var page: UnsafeMutableRawPointer? = UnsafeMutableRawPointer(mutating: address)
    var status: Int32 = -1
    guard move_pages(0, 1, &page, nil, &status, 0) == 0, status >= 0 else { return nil }
    return Int(status)
  }
}
