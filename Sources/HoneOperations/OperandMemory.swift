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
    /// Kept only so that nobody gets its pages.
    fileprivate var isWorn = false

    fileprivate init(_ bytes: Int, _ pages: String) throws {
      region = try MemoryRegion(bytes: bytes, pages: pages)
      self.pages = pages
    }
  }

  /// Oldest first.
  private static let spares = Mutex<[Piece]>([])
  /// Smaller ones are not worth keeping.
  private static let leastBytes = 1 << 20
  /// Of larger ones the place averages out over a thousand pages, or they lie on huge ones, which leave no choice.
  private static let placelessBytes = 4 << 20
  /// A sixth of the machine's memory, and never more than 4 GiB.
  private static let mostBytes = min(
    4 << 30, max(sysconf(Int32(_SC_PHYS_PAGES)), 1 << 18) * sysconf(Int32(_SC_PAGESIZE)) / 6)

  /// From here on operands get other memory than before: where they lie moves short kernels by several percent, for as long as they live,
  /// so what is to be shown again is shown on other pages.
  public static func renew() {
    spares.withLock { pieces in
      for index in pieces.indices where pieces[index].region.bytes < placelessBytes {
        pieces[index].isWorn = true
      }
    }
  }

  /// At least `bytes`. They hold `content` where the piece says so, else whatever was there last.
  static func take(_ bytes: Int, pages: String, content: String?) throws -> Piece {
    if bytes >= leastBytes, let piece = spare(bytes, pages, content) { return piece }
    do {
      return try Piece(bytes, pages)
    } catch {
      spares.withLock { $0 = [] }
      return try Piece(bytes, pages)
    }
  }

  static func give(_ piece: Piece) {
    guard piece.region.bytes >= leastBytes else { return }
    spares.withLock { pieces in
      pieces.append(piece)
      var total = pieces.reduce(0) { $0 + $1.region.bytes }
      while total > mostBytes {
        total -= pieces.remove(at: pieces.firstIndex(where: \.isWorn) ?? 0).region.bytes
      }
    }
  }

  /// The smallest that holds them, if it is not twice as large: that would be missed by larger operands.
  private static func spare(_ bytes: Int, _ pages: String, _ content: String?) -> Piece? {
    spares.withLock { pieces in
      let fitting = pieces.indices.filter {
        let region = pieces[$0].region
        return !pieces[$0].isWorn && pieces[$0].pages == pages && region.bytes >= bytes
          && region.bytes / 2 <= bytes
      }
      let known = fitting.first { content != nil && pieces[$0].content == content }
      let smallest = fitting.min { pieces[$0].region.bytes < pieces[$1].region.bytes }
      return (known ?? smallest).map { pieces.remove(at: $0) }
    }
  }
}
