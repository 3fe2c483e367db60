// EmbeddingBag+Prefetch.swift: brings the rows of later look-ups near while earlier ones are added.

import CIntrinsics

/// Look-up i asks for the row of look-up i + distance, also in the next bags.
struct RowPrefetch {
  let distance: Int
  /// 1, 2, 3: into that cache level; 0: non-temporal.
  let level: Int
  /// Where the needed bytes of the table's first row begin, and how many they are, less one.
  let base: UnsafeRawPointer
  let span: Int
  /// Look-ups from here on ask for nothing: what lies ahead of them is another thread's, or nobody's.
  let end: Int

  /// `distance` 0: nothing is prefetched.
  init(_ bags: Bags, _ share: BagShare, distance: Int64, level: Int64, isScaled: Bool) {
    self.distance = Int(distance)
    self.level = Int(level)
    let isWhole = isScaled || share.columns.count == bags.dim
    let elementBytes = isWhole ? 0 : bags.rowBytes / bags.dim
    base = bags.table + (isWhole ? 0 : share.columns.lowerBound * elementBytes)
    span = (isWhole ? bags.rowBytes : share.columns.count * elementBytes) - 1
    end = distance == 0 ? 0 : share.lookups.upperBound - Int(distance)
  }

  /// The first rows, which no earlier look-up has asked for.
  func start<Index: FixedWidthInteger>(_ bags: Bags, from first: Int, _ index: Index.Type) {
    var lookup = first
    while lookup < first + distance && lookup < end + distance {
      ask(bags.place(lookup, index))
      lookup += 1
    }
  }

  /// Asks for every line that the row at `place` touches, each once: rows with scales begin anywhere in a line.
  @inline(__always)
  func ask(_ place: Int) {
    let row = base + place
    var line = UnsafeRawPointer(bitPattern: UInt(bitPattern: row) & ~63).unsafelyUnwrapped
    let last = row + span
    // The default first; a call would spill every sum.
    switch level {
    case 2: repeat { CIntrinsics_prefetchL2(line); line += 64 } while line <= last
    case 1: repeat { CIntrinsics_prefetchL1(line); line += 64 } while line <= last
    case 3: repeat { CIntrinsics_prefetchL3(line); line += 64 } while line <= last
    default: repeat { CIntrinsics_prefetchNonTemporal(line); line += 64 } while line <= last
    }
  }
}
