// EmbeddingBag+Prefetch.swift: brings the rows of later look-ups near while earlier ones are added.

import CIntrinsics

/// Look-up i asks for the row of look-up i + distance, also in the next bags, and where `nearDistance` says so once more for that of i + nearDistance.
struct RowPrefetch {
  let distance: Int
  /// 1, 2, 3: into that cache level; 0: non-temporal.
  let level: Int
  /// 0: once is enough. At most `distance`.
  let nearDistance: Int
  /// Where the needed bytes of the table's first row begin, and how many they are, less one.
  let base: UnsafeRawPointer
  let span: Int
  /// Is a row shorter than a line, but long enough that a border between lines lies in about every other row?
  let isSplit: Bool
  /// Are rows asked for by `askWhole`? Needed bytes must be whole lines, or each row lie in one line: there is nothing to find out about a row's place.
  let isStraight: Bool
  /// Look-ups from here on ask for nothing: what lies ahead of them is another thread's, or nobody's.
  let end: Int

  /// `distance` 0: nothing is prefetched.
  init(
    _ bags: Bags, _ share: BagShare, distance: Int64, level: Int64, nearDistance: Int64,
    isStraight: Bool, isScaled: Bool
  ) {
    self.distance = Int(distance)
    self.level = Int(level)
    self.nearDistance = Int(min(nearDistance, distance))
    let isWhole = isScaled || share.columns.count == bags.dim
    let elementBytes = isWhole ? 0 : bags.rowBytes / bags.dim
    base = bags.table + (isWhole ? 0 : share.columns.lowerBound * elementBytes)
    span = (isWhole ? bags.rowBytes : share.columns.count * elementBytes) - 1
    // Rows begin at multiples of this from the start of a line.
    let step = 1 << (Int(bitPattern: base) | bags.strideBytes | 64).trailingZeroBitCount
    isSplit = 32...63 ~= span && step <= span
    let isAligned = step > span || (step == 64 && span % 64 == 63)
    self.isStraight = isStraight && isAligned && level == 2
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

  /// May rows of `bytes` bytes be asked for by `askWhole`?
  @inline(__always)
  func asksWhole(_ bytes: Int) -> Bool { isStraight && span + 1 == bytes }

  /// One instruction a line, without a branch: `bytes` is a constant of the caller. (The branches of `ask` cost more than a short row that is in
  /// cache: sums of 64 bytes in L2 are twice as fast without them. Where memory is waited for, they pay on Zen 4: decision 0062.)
  @inline(__always)
  func askWhole(_ place: Int, _ bytes: Int) {
    var offset = 0
    while offset < bytes {
      CIntrinsics_prefetchL2(base + place + offset)
      offset += 64
    }
  }

  /// Brings a row that was asked for before into L1.
  @inline(__always)
  func askNear(_ place: Int) {
    let row = base + place
    var offset = 0
    while offset < span {
      CIntrinsics_prefetchL1(row + offset)
      offset += 64
    }
    CIntrinsics_prefetchL1(row + span)
  }

  /// Asks for every line that the row at `place` touches.
  @inline(__always)
  func ask(_ place: Int) {
    let row = base + place
    // The default first; a call would spill every sum.
    switch level {
    case 2: ask(row, CIntrinsics_prefetchL2)
    case 1: ask(row, CIntrinsics_prefetchL1)
    case 3: ask(row, CIntrinsics_prefetchL3)
    default: ask(row, CIntrinsics_prefetchNonTemporal)
    }
  }

  /// Each line once. A row of 33 to 64 bytes that begins anywhere in a line touches one or two: a branch that nothing foretells, and a wrong
  /// guess costs more than to ask for the row's last byte always, though its line may be known already. (Rows of 24 bytes and less seldom touch
  /// two, and lost a tenth that way.)
  @inline(__always)
  private func ask(_ row: UnsafeRawPointer, _ prefetch: (UnsafeRawPointer) -> Void) {
    if isSplit {
      prefetch(row)
      prefetch(row + span)
      return
    }
    var line = UnsafeRawPointer(bitPattern: UInt(bitPattern: row) & ~63).unsafelyUnwrapped
    let last = row + span
    repeat {
      prefetch(line)
      line += 64
    } while line <= last
  }
}
