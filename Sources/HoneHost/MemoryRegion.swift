// MemoryRegion.swift: page-aligned memory with a page policy and a place, for operands and workspaces.

internal import Glibc
internal import HoneCore

/// Anonymous memory that is zeroed, page-aligned and freed with its owner.
public final class MemoryRegion: @unchecked Sendable {
  public let base: UnsafeMutableRawPointer
  public let bytes: Int
  /// Why the memory does not lie where it was asked to; nil where it does.
  public let placementNote: String?
  private let mapped: Int
  private let region: UnsafeMutableRawPointer

  /// - Parameters:
  ///   - bytes: at least that many; 0 gives a region of one page.
  ///   - pages: "4k", "thp" (transparent huge pages asked for; the kernel may refuse silently), or "huge" (pages of 2 MiB that the
  ///     administrator set aside).
  ///   - placement: a wish; where the system cannot grant it, `placementNote` says why and the memory is local.
  /// - Throws: `HoneError` (`unavailable`) where the system has no such memory, or no huge pages left.
  public init(bytes: Int, pages: String = "thp", placement: MemoryPlacement = .local) throws {
    let huge = ExplicitHugePages.bytes
    let isExplicit = pages == "huge"
    let unit = isExplicit || (pages == "thp" && bytes >= huge) ? huge : 4096
    // Room for the alignment, with sizes that would overflow left to fail as any other size that is too large.
    guard bytes <= Int.max / 2 else { throw Self.error(bytes, ENOMEM) }
    let size = (max(bytes, 1) + unit - 1) / unit * unit
    // Huge pages need an address that is a multiple of their size: map more and use the aligned part. Explicit ones have it.
    let total = unit == huge && !isExplicit ? size + huge : size
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | (isExplicit ? ExplicitHugePages.flags : 0)
    let pointer = mmap(nil, total, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let pointer, pointer != MAP_FAILED else {
      throw isExplicit ? ExplicitHugePages.refusal(needed: size / huge) : Self.error(bytes, errno)
    }
    let offset = (unit - Int(bitPattern: pointer) % unit) % unit
    if !isExplicit {
      madvise(pointer + offset, size, unit == huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
    }
    placementNote = placement.apply(to: pointer + offset, bytes: size)
    region = pointer
    base = pointer + offset
    self.bytes = bytes
    mapped = total
  }

  private static func error(_ bytes: Int, _ number: Int32) -> HoneError {
    HoneError(
      .unavailable, "cannot allocate \(bytes) bytes: \(String(cString: strerror(number)))",
      advice: "Free memory, raise the memory limit, or choose a smaller problem.")
  }

  deinit { munmap(region, mapped) }
}

/// The same content once on each NUMA node, so that every thread reads from its own.
public struct NodeReplicas: Sendable {
  /// Node number → its copy. One entry where the machine has one node or cannot place memory.
  public let regions: [Int: MemoryRegion]

  /// `fill` writes the whole content and is called once for each copy, by the calling thread.
  public init(
    bytes: Int, pages: String = "thp", fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws {
    var copies: [Int: MemoryRegion] = [:]
    let nodes = MemoryPlacement.cpuNodes()
    for node in nodes.isEmpty ? [0] : nodes {
      let placement: MemoryPlacement = nodes.count > 1 ? .onNode(node) : .local
      let region = try MemoryRegion(bytes: bytes, pages: pages, placement: placement)
      // A copy that did not come to its node is one more copy of the same and gains nothing.
      if region.placementNote != nil, !copies.isEmpty { continue }
      try fill(region.base)
      copies[node] = region
    }
    regions = copies
  }

  /// The copy that is near a node.
  public func region(near node: Int) -> MemoryRegion? {
    regions[node] ?? regions.min { $0.key < $1.key }?.value
  }
}
