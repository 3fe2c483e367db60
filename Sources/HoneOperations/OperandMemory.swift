// OperandMemory.swift: memory of operands that are gone, for the next ones, with its content where that is wanted again.

internal import HoneHost
internal import Synchronization

/// Problems of a workload share weights and tables (one matrix, many batch sizes), and each is visited more than once. Having the system
/// clear new pages costs more than filling them, and both cost more than most problems' samples.
enum OperandMemory {
  struct Piece {
    let region: MemoryRegion
    let pages: String
    /// Names what fills it, where that is reproducible; nil: anything.
    var content: String?
  }

  /// Oldest first.
  private static let spares = Mutex<[Piece]>([])
  /// Smaller ones are not worth keeping.
  private static let leastBytes = 1 << 20
  private static let mostBytes = 4 << 30

  /// At least `bytes`. They hold `content` where the piece says so, else whatever was there last.
  static func take(_ bytes: Int, pages: String, content: String?) throws -> Piece {
    if bytes >= leastBytes, let piece = spare(bytes, pages, content) { return piece }
    do {
      return Piece(region: try MemoryRegion(bytes: bytes, pages: pages), pages: pages)
    } catch {
      spares.withLock { $0 = [] }
      return Piece(region: try MemoryRegion(bytes: bytes, pages: pages), pages: pages)
    }
  }

  static func give(_ piece: Piece) {
    guard piece.region.bytes >= leastBytes else { return }
    spares.withLock { spares in
      spares.append(piece)
      var total = spares.reduce(0) { $0 + $1.region.bytes }
      while total > mostBytes { total -= spares.removeFirst().region.bytes }
    }
  }

  /// The smallest that holds them, if it is not twice as large: that would be missed by larger operands.
  private static func spare(_ bytes: Int, _ pages: String, _ content: String?) -> Piece? {
    spares.withLock { spares in
      let fitting = spares.indices.filter {
        let region = spares[$0].region
        return spares[$0].pages == pages && region.bytes >= bytes && region.bytes / 2 <= bytes
      }
      let known = fitting.first { content != nil && spares[$0].content == content }
      let smallest = fitting.min { spares[$0].region.bytes < spares[$1].region.bytes }
      return (known ?? smallest).map { spares.remove(at: $0) }
    }
  }
}
