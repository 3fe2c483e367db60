// EmbeddingBag+Call.swift: the call as every variant reads it: checked, with its pointers and sizes in bytes.

import CHoneKernel
import CIntrinsics

/// What no variant could do is refused here; the variants' own checks add their limits. Sizes only; no other pointer is read.
func checkBags<Format: RowFormat>(_ problem: UnsafeRawPointer?, _ format: Format.Type) -> Int32 {
  guard let problem, problem.load(as: UInt64.self) >= MemoryLayout<hone_embedding_bag>.size else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  let p = problem.assumingMemoryBound(to: hone_embedding_bag.self).pointee
  let fits = sizesFit(p) && wordsFit(p)
  guard fits else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let rowBytes = Format.dataBytes(Int(p.dim)) + Format.scaleBytes
  let stridesFit =
    Int(p.table_stride) * Format.strideUnit >= rowBytes && p.output_stride >= p.dim
    && p.table_stride <= 1 << 48 && p.output_stride <= 1 << 48
  let scalesFit = p.scales_first == 0 || (p.scales_first == 1 && Format.isScaled)
  return Int32(stridesFit && scalesFit ? HONE_KERNEL_OK : HONE_KERNEL_BAD_ARGUMENT)
}

private func sizesFit(_ p: hone_embedding_bag) -> Bool {
  let areSizes =
    p.rows >= 0 && p.dim >= 0 && p.bags >= 0 && p.index_count >= 0 && p.dim <= 1 << 40
  let isSingle = p.pooling == Int32(HONE_POOL_NONE)
  return areSizes && (p.index_count == 0 || p.rows > 0) && (!isSingle || p.bags == p.index_count)
}

private func wordsFit(_ p: hone_embedding_bag) -> Bool {
  (p.index_bytes == 4 || p.index_bytes == 8)
    && (Int32(HONE_POOL_SUM)...Int32(HONE_POOL_NONE)).contains(p.pooling)
    && (Int32(HONE_OUTPUT_F32)...Int32(HONE_OUTPUT_BF16)).contains(p.output_type)
    && (Int32(HONE_BAGS_STARTS)...Int32(HONE_BAGS_LENGTHS)).contains(p.bag_form)
}

/// Checks what only a run can: pointers. nil where the call cannot be done.
func checkedBags<Format: RowFormat>(
  _ problem: UnsafeRawPointer?, _ team: UnsafePointer<hone_kernel_team>?, _ format: Format.Type
) -> hone_embedding_bag? {
  guard checkBags(problem, format) == HONE_KERNEL_OK, let problem, let team,
    team.pointee.index < team.pointee.count
  else { return nil }
  let p = problem.assumingMemoryBound(to: hone_embedding_bag.self).pointee
  guard p.bags > 0, p.dim > 0 else { return p }
  let isSingle = p.pooling == Int32(HONE_POOL_NONE)
  let readsTable = p.index_count > 0
  let pointersFit =
    p.output != nil && (p.offsets != nil || isSingle)
    && (!readsTable || (p.table != nil && p.indices != nil))
  let weightsFit = p.weights == nil || p.pooling == Int32(HONE_POOL_SUM)
  return pointersFit && weightsFit ? p : nil
}

/// A call with every size in bytes.
struct Bags {
  let table: UnsafeRawPointer
  let strideBytes: Int
  let rowBytes: Int
  /// Where in a row its elements begin, and its scale.
  let dataOffset: Int
  let scaleOffset: Int
  let output: UnsafeMutableRawPointer
  let outputStrideBytes: Int
  let outputType: Int32
  let indices: UnsafeRawPointer
  let offsets: UnsafeRawPointer
  let isWide: Bool
  let isLengths: Bool
  let isSingle: Bool
  /// Bags before this one find their end at the next bag's offset; -1: none does.
  let linked: Int
  /// Read where `isWeighted` only.
  let weights: UnsafePointer<Float>
  let isWeighted: Bool
  let isMean: Bool
  let dim: Int
  let count: Int
  let indexCount: Int

  @inline(__always)
  init<Format: RowFormat>(_ p: hone_embedding_bag, _ format: Format.Type) {
    table = address(p.table)
    strideBytes = Int(p.table_stride) * Format.strideUnit
    dim = Int(p.dim)
    let data = Format.dataBytes(dim)
    rowBytes = data + Format.scaleBytes
    dataOffset = p.scales_first == 0 ? 0 : Format.scaleBytes
    scaleOffset = p.scales_first == 0 ? data : 0
    output = UnsafeMutableRawPointer(mutating: address(UnsafeRawPointer(p.output)))
    outputType = p.output_type
    outputStrideBytes = Int(p.output_stride) * (p.output_type == Int32(HONE_OUTPUT_F32) ? 4 : 2)
    indices = address(p.indices)
    offsets = address(p.offsets)
    isWide = p.index_bytes == 8
    isSingle = p.pooling == Int32(HONE_POOL_NONE)
    isLengths = !isSingle && p.bag_form == Int32(HONE_BAGS_LENGTHS)
    count = Int(p.bags)
    let isLinked = !isSingle && !isLengths
    linked = !isLinked ? -1 : p.bag_form == Int32(HONE_BAGS_BORDERS) ? count : count - 1
    weights = address(UnsafeRawPointer(p.weights)).assumingMemoryBound(to: Float.self)
    isWeighted = p.weights != nil
    isMean = p.pooling == Int32(HONE_POOL_MEAN)
    indexCount = Int(p.index_count)
  }

  @inline(__always)
  private func integer<Index: FixedWidthInteger>(
    _ list: UnsafeRawPointer, _ at: Int, _ index: Index.Type
  ) -> Int {
    Int(
      truncatingIfNeeded: (list + MemoryLayout<Index>.size &* at).loadUnaligned(as: Index.self))
  }

  /// Bytes from the table's beginning to the row of a look-up.
  @inline(__always)
  func place<Index: FixedWidthInteger>(_ lookup: Int, _ index: Index.Type) -> Int {
    integer(indices, lookup, index) &* strideBytes
  }

  @inline(__always)
  func row(_ lookup: Int) -> UnsafeRawPointer {
    table + (isWide ? place(lookup, Int64.self) : place(lookup, Int32.self))
  }

  /// Where the bag that begins at look-up `begin` ends.
  @inline(__always)
  func end<Index: FixedWidthInteger>(_ bag: Int, from begin: Int, _ index: Index.Type) -> Int {
    if bag < linked { return integer(offsets, bag + 1, index) }
    if isSingle { return begin + 1 }
    return isLengths ? begin + integer(offsets, bag, index) : indexCount
  }

  /// The same where the width of indices is not known beforehand.
  func end(_ bag: Int, from begin: Int) -> Int {
    isWide ? end(bag, from: begin, Int64.self) : end(bag, from: begin, Int32.self)
  }

  /// Where a bag's look-ups begin; for `bag == count` where the last bag's end. Lengths are added up.
  func start(_ bag: Int) -> Int {
    if isSingle { return bag }
    if isLengths { return (0..<bag).reduce(0) { end($1, from: $0) } }
    guard bag <= linked else { return indexCount }
    return isWide ? integer(offsets, bag, Int64.self) : integer(offsets, bag, Int32.self)
  }

  /// What the sum of a bag of `n` look-ups is multiplied by.
  @inline(__always)
  func scale(_ n: Int) -> Float { isMean && n > 0 ? 1 / Float(n) : 1 }
}

/// Never dereferenced where the call has nothing to read there: a null becomes an address.
@inline(__always)
private func address(_ p: UnsafeRawPointer?) -> UnsafeRawPointer {
  p ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
}
