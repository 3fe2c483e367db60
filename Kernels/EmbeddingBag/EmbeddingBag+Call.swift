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
  /// Bags before this one find their end at the next bag's offset.
  let linked: Int
  /// With step 1; one `1` with step 0 where the call has no weights, so that one loop serves both.
  let weights: UnsafePointer<Float>
  let weightStep: Int
  let isMean: Bool
  let dim: Int
  let count: Int
  let indexCount: Int

  @inline(__always)
  init<Format: RowFormat>(
    _ p: hone_embedding_bag, _ format: Format.Type, one: UnsafePointer<Float>
  ) {
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
    linked = p.bag_form == Int32(HONE_BAGS_BORDERS) ? count : count - 1
    weights = p.weights ?? one
    weightStep = p.weights == nil ? 0 : 1
    isMean = p.pooling == Int32(HONE_POOL_MEAN)
    indexCount = Int(p.index_count)
  }

  @inline(__always)
  private func integer(_ list: UnsafeRawPointer, _ at: Int) -> Int {
    isWide
      ? Int((list + 8 &* at).loadUnaligned(as: Int64.self))
      : Int((list + 4 &* at).loadUnaligned(as: Int32.self))
  }

  /// Bytes from the table's beginning to the row of a look-up.
  @inline(__always)
  func place(_ lookup: Int) -> Int { integer(indices, lookup) &* strideBytes }

  @inline(__always)
  func row(_ lookup: Int) -> UnsafeRawPointer { table + place(lookup) }

  /// Where the bag that begins at look-up `begin` ends.
  @inline(__always)
  func end(_ bag: Int, from begin: Int) -> Int {
    if isSingle { return begin + 1 }
    if isLengths { return begin + integer(offsets, bag) }
    return bag < linked ? integer(offsets, bag + 1) : indexCount
  }

  /// Where a bag's look-ups begin; for `bag == count` where the last bag's end. Lengths are added up.
  func start(_ bag: Int) -> Int {
    if isSingle { return bag }
    if !isLengths { return bag <= linked ? integer(offsets, bag) : indexCount }
    var sum = 0
    for earlier in 0..<bag { sum += integer(offsets, earlier) }
    return sum
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
