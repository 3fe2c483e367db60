// EmbeddingBag+Prefetch.swift: brings the rows of later look-ups near while earlier ones are added.

import CIntrinsics

/// Look-up i asks for the row of look-up i + distance, also in the next bags.
struct RowPrefetch {
  let distance: Int
  /// 1, 2, 3: into that cache level; 0: non-temporal.
  let level: Int
  /// Which bytes of a row are needed.
  let first: Int
  let past: Int
  /// Look-ups from here on ask for nothing: what lies ahead of them is another thread's, or nobody's.
  let end: Int

  /// `distance` 0: nothing is prefetched.
  init(_ bags: Bags, _ share: BagShare, distance: Int64, level: Int64, isScaled: Bool) {
    self.distance = Int(distance)
    self.level = Int(level)
    let isWhole = isScaled || share.columns.count == bags.dim
    let elementBytes = isWhole ? 0 : bags.rowBytes / bags.dim
    first = isWhole ? 0 : share.columns.lowerBound * elementBytes
    past = isWhole ? bags.rowBytes : share.columns.upperBound * elementBytes
    end = distance == 0 ? 0 : share.lookups.upperBound - Int(distance)
  }

  @inline(__always)
  func callAsFunction(_ bags: Bags, _ lookup: Int) { prefetch(bags.row(lookup + distance)) }

  /// The first rows, which no earlier look-up has asked for.
  func start(_ bags: Bags, from first: Int) {
    var lookup = first
    while lookup < first + distance && lookup < end + distance {
      prefetch(bags.row(lookup))
      lookup += 1
    }
  }

  /// Every line that the row touches, each once: rows with scales begin anywhere in a line.
  @inline(__always)
  private func prefetch(_ row: UnsafeRawPointer) {
    let begin = UInt(bitPattern: row + first) & ~63
    var line = UnsafeRawPointer(bitPattern: begin).unsafelyUnwrapped
    let end = row + past
    switch level {
    case 1: while line < end { CIntrinsics_prefetchL1(line); line += 64 }
    case 2: while line < end { CIntrinsics_prefetchL2(line); line += 64 }
    case 3: while line < end { CIntrinsics_prefetchL3(line); line += 64 }
    default: while line < end { CIntrinsics_prefetchNonTemporal(line); line += 64 }
    }
  }
}
