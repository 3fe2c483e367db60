// EmbeddingBag+Share.swift: what every variant needs: the checked call, a bag's look-ups and one thread's share of the bags.

import CHoneKernel
import CIntrinsics

/// What no variant could do is refused here; the variants' own checks add their limits.
func checkBags(_ problem: UnsafeRawPointer?) -> Int32 {
  guard let problem else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_embedding_bag.self).pointee
  let sizesFit = p.rows >= 0 && p.dim >= 0 && p.bags >= 0 && p.index_count >= 0
  let stridesFit = p.table_stride >= p.dim && p.output_stride >= p.dim
  let typesFit = p.index_bytes == 4 || p.index_bytes == 8
  let poolingFits =
    p.pooling == Int32(HONE_POOL_SUM) || p.pooling == Int32(HONE_POOL_MEAN)
  let lookupsFit = p.index_count == 0 || p.rows > 0
  let fits = sizesFit && stridesFit && typesFit && poolingFits && lookupsFit
  return Int32((fits ? HONE_KERNEL_OK : HONE_KERNEL_BAD_ARGUMENT))
}

/// Checks what only a run can: pointers. nil where the call cannot be done.
func checkedBags(
  _ problem: UnsafeRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> hone_embedding_bag? {
  guard checkBags(problem) == 0, let problem, let team, team.pointee.index < team.pointee.count
  else { return nil }
  let p = problem.assumingMemoryBound(to: hone_embedding_bag.self).pointee
  guard p.bags > 0, p.dim > 0 else { return p }
  let readsTable = p.index_count > 0
  let pointersFit =
    p.output != nil && p.offsets != nil && (!readsTable || (p.table != nil && p.indices != nil))
  let weightsFit = p.weights == nil || p.pooling == Int32(HONE_POOL_SUM)
  return pointersFit && weightsFit ? p : nil
}

/// A call with its pointers in their types. `Index` is Int32 or Int64.
struct Bags<Index: FixedWidthInteger> {
  let table: UnsafePointer<Float>
  let tableStride: Int
  let output: UnsafeMutablePointer<Float>
  let outputStride: Int
  let indices: UnsafePointer<Index>
  let offsets: UnsafePointer<Index>
  /// With step 1; one `1` with step 0 where the call has no weights, so that one loop serves both.
  let weights: UnsafePointer<Float>
  let weightStep: Int
  let isMean: Bool
  let dim: Int
  let count: Int
  let indexCount: Int

  @inline(__always)
  init(_ p: hone_embedding_bag, one: UnsafePointer<Float>) {
    table = pointer(p.table)
    tableStride = Int(p.table_stride)
    output = UnsafeMutablePointer(mutating: pointer(UnsafeRawPointer(p.output)))
    outputStride = Int(p.output_stride)
    indices = pointer(p.indices)
    offsets = pointer(p.offsets)
    weights = p.weights ?? one
    weightStep = p.weights == nil ? 0 : 1
    isMean = p.pooling == Int32(HONE_POOL_MEAN)
    dim = Int(p.dim)
    count = Int(p.bags)
    indexCount = Int(p.index_count)
  }

  /// Where a bag's look-ups begin; for `bag == count` where the last bag's end.
  @inline(__always)
  func start(_ bag: Int) -> Int { bag < count ? Int(offsets[bag]) : indexCount }

  @inline(__always)
  func row(_ lookup: Int) -> UnsafePointer<Float> {
    table + Int(truncatingIfNeeded: indices[lookup]) &* tableStride
  }

  /// What the sum of a bag of `n` look-ups is multiplied by.
  @inline(__always)
  func scale(_ n: Int) -> Float { isMean && n > 0 ? 1 / Float(n) : 1 }
}

/// Never dereferenced where the call has nothing to read there: a null becomes an address.
@inline(__always)
private func pointer<T>(_ p: UnsafeRawPointer?) -> UnsafePointer<T> {
  (p ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped).assumingMemoryBound(to: T.self)
}

// MARK: - Shares

extension Bags {
  /// The bags of one thread: equal counts of bags, or (`balanced`) equal counts of look-ups. A thread finds its own
  /// borders, so the team never has to meet.
  func share(_ team: hone_kernel_team, balanced: Bool) -> Range<Int> {
    let (thread, threads) = (Int(team.index), Int(team.count))
    guard balanced, threads > 1 else {
      return count * thread / threads..<count * (thread + 1) / threads
    }
    return lookupBorder(thread, threads)..<lookupBorder(thread + 1, threads)
  }

  /// The first bag whose cost so far reaches the thread's part. A bag costs its look-ups, and one for its output row;
  /// so a crowd of empty bags is shared too.
  private func lookupBorder(_ thread: Int, _ threads: Int) -> Int {
    let origin = start(0)
    let wanted = (indexCount - origin + count) * thread / threads
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if start(middle) - origin + middle < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// MARK: - Prefetch

/// Brings the rows of later look-ups near: look-up i asks for the row of look-up i + distance, also in the next bags.
struct RowPrefetch {
  let distance: Int
  /// 1, 2, 3: into that cache level; 0: non-temporal.
  let level: Int
  /// Cache lines of a row.
  let lines: Int
  /// Look-ups from here on ask for nothing: what lies ahead of them is another thread's, or nobody's.
  let end: Int

  /// `distance` 0: nothing is prefetched.
  init<Index>(_ bags: Bags<Index>, share: Range<Int>, distance: Int64, level: Int64) {
    self.distance = Int(distance)
    self.level = Int(level)
    let bytes = bags.dim * MemoryLayout<Float>.size
    let isAligned = (Int(bitPattern: bags.table) | bags.tableStride * 4) % 64 == 0
    lines = (bytes + (isAligned ? 63 : 123)) / 64
    end = distance == 0 ? 0 : bags.start(share.upperBound) - Int(distance)
  }

  @inline(__always)
  func callAsFunction<Index>(_ bags: Bags<Index>, _ lookup: Int) {
    prefetch(UnsafeRawPointer(bags.row(lookup + distance)))
  }

  /// The first rows, which no earlier look-up has asked for.
  func start<Index>(_ bags: Bags<Index>, from first: Int) {
    var lookup = first
    while lookup < first + distance && lookup < end + distance {
      prefetch(UnsafeRawPointer(bags.row(lookup)))
      lookup += 1
    }
  }

  @inline(__always)
  private func prefetch(_ row: UnsafeRawPointer) {
    var line = row
    let end = row + lines * 64
    switch level {
    case 1: while line < end { CIntrinsics_prefetchL1(line); line += 64 }
    case 2: while line < end { CIntrinsics_prefetchL2(line); line += 64 }
    case 3: while line < end { CIntrinsics_prefetchL3(line); line += 64 }
    default: while line < end { CIntrinsics_prefetchNonTemporal(line); line += 64 }
    }
  }
}
