// OperandMemory.swift: memory of operands that are gone, for the next ones, with its content where that is wanted again.

internal import Glibc
internal import HoneHost
internal import Synchronization

/// Problems of a workload share weights and tables (one matrix, many batch sizes), and each is visited more than once. Having the system
/// clear new pages costs more than filling them, and both cost more than most problems' samples.
public enum OperandMemory {
  struct Piece {
    let region: MemoryRegion
    let pages: String
    /// Names what fills it, where that is reproducible; nil: anything.
    var content: String?
  }

  private struct Spares {
    /// Oldest first.
    var pieces: [Piece] = []
    /// The first so many are kept only so that nobody gets their pages.
    var worn = 0
  }

  private static let spares = Mutex(Spares())
  /// Smaller ones are not worth keeping.
  private static let leastBytes = 1 << 20
  /// An eighth of the machine's memory, and never more than 4 GiB.
  private static let mostBytes = min(
    4 << 30, max(sysconf(Int32(_SC_PHYS_PAGES)), 1 << 18) * sysconf(Int32(_SC_PAGESIZE)) / 8)

  /// From here on operands get other memory than before: where they lie moves short kernels by several percent, for as long as they live,
  /// so what is to be shown again is shown on other pages.
  public static func renew() { spares.withLock { $0.worn = $0.pieces.count } }

  /// At least `bytes`. They hold `content` where the piece says so, else whatever was there last.
  static func take(_ bytes: Int, pages: String, content: String?) throws -> Piece {
    if bytes >= leastBytes, let piece = spare(bytes, pages, content) { return piece }
    do {
      return Piece(region: try MemoryRegion(bytes: bytes, pages: pages), pages: pages)
    } catch {
      spares.withLock { $0 = Spares() }
      return Piece(region: try MemoryRegion(bytes: bytes, pages: pages), pages: pages)
    }
  }

  static func give(_ piece: Piece) {
    guard piece.region.bytes >= leastBytes else { return }
    spares.withLock { spares in
      spares.pieces.append(piece)
      var total = spares.pieces.reduce(0) { $0 + $1.region.bytes }
      while total > mostBytes {
        total -= spares.pieces.removeFirst().region.bytes
        spares.worn = max(0, spares.worn - 1)
      }
    }
  }

  /// The smallest that holds them, if it is not twice as large: that would be missed by larger operands.
  private static func spare(_ bytes: Int, _ pages: String, _ content: String?) -> Piece? {
    spares.withLock { spares in
      let pieces = spares.pieces
      let fitting = pieces.indices.dropFirst(spares.worn).filter {
        let region = pieces[$0].region
        return pieces[$0].pages == pages && region.bytes >= bytes && region.bytes / 2 <= bytes
      }
      let known = fitting.first { content != nil && pieces[$0].content == content }
      let smallest = fitting.min { pieces[$0].region.bytes < pieces[$1].region.bytes }
      return (known ?? smallest).map { spares.pieces.remove(at: $0) }
    }
  }
}
