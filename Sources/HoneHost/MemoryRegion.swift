// MemoryRegion.swift: page-aligned memory with a page policy, for operands and workspaces.

internal import Glibc
internal import HoneCore

/// Anonymous memory that is zeroed, page-aligned and freed with its owner.
public final class MemoryRegion: @unchecked Sendable {
  public let base: UnsafeMutableRawPointer
  public let bytes: Int
  private let mapped: Int

  /// - Parameters:
  ///   - bytes: at least that many; 0 gives a region of one page.
  ///   - pages: "4k" or "thp" (transparent huge pages asked for; the kernel may refuse silently).
  /// - Throws: `HoneError` (`unavailable`) where the system has no such memory.
  public init(bytes: Int, pages: String = "thp") throws {
    let huge = 2 << 20
    let unit = pages == "thp" && bytes >= huge ? huge : 4096
    let size = (max(bytes, 1) + unit - 1) / unit * unit
    // Huge pages need an address that is a multiple of their size: map more and use the aligned part.
    let total = unit == huge ? size + huge : size
    let pointer = mmap(nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pointer, pointer != MAP_FAILED else {
      throw HoneError(
        .unavailable, "cannot allocate \(bytes) bytes: \(String(cString: strerror(errno)))",
        advice: "Free memory, raise the memory limit, or choose a smaller problem.")
    }
    let offset = (unit - Int(bitPattern: pointer) % unit) % unit
    madvise(pointer + offset, size, unit == huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
    region = pointer
    base = pointer + offset
    self.bytes = bytes
    mapped = total
  }

  private let region: UnsafeMutableRawPointer

  deinit { munmap(region, mapped) }
}
