// Attention+Check.swift: what no variant of attention could do is refused here, before anything is written.

import CHoneKernel

/// Bytes of `hone_attention` up to its options: what a caller of an older header gives.
private let plainBytes = 200

/// The problem with all its options: those of a caller that gives none are "without". nil where the struct is too short.
func readAttention(_ problem: UnsafeRawPointer) -> hone_attention? {
  let size = Int(problem.load(as: UInt64.self))
  guard size >= plainBytes else { return nil }
  var p = hone_attention()
  let known = MemoryLayout<hone_attention>.size
  withUnsafeMutableBytes(of: &p) {
    $0.copyMemory(from: UnsafeRawBufferPointer(start: problem, count: min(size, known)))
  }
  if p.mask & Int32(HONE_MASK_WITH_OPTIONS) != 0 {
    p.mask -= Int32(HONE_MASK_WITH_OPTIONS)
    return size >= known ? p : nil
  }
  withUnsafeMutableBytes(of: &p) {
    for byte in plainBytes..<known { $0[byte] = 0 }
  }
  (p.window_left, p.window_right) = (-1, -1)
  return p
}

/// Sizes, strides and options; pointers are looked at only for being there.
func checkAttention(_ problem: UnsafeRawPointer?, _ cache: Element) -> Int32 {
  guard let problem, let p = readAttention(problem), shapeFits(p), optionsFit(p, cache) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  return Int32(HONE_KERNEL_OK)
}

private func shapeFits(_ p: hone_attention) -> Bool {
  let sizesFit =
    p.batch >= 0 && p.heads >= 0 && p.kv_heads >= 0 && p.lq >= 0 && p.lk >= 0 && p.head_dim >= 0
  let groupsFit = p.heads == 0 || (p.kv_heads > 0 && p.heads % p.kv_heads == 0)
  let queryRowsFit =
    p.lq <= 1 || (p.q_row_stride >= p.head_dim && p.o_row_stride >= p.head_dim)
  let keyRowsFit = p.lk <= 1 || (p.k_row_stride >= p.head_dim && p.v_row_stride >= p.head_dim)
  let maskFits = p.mask >= 0 && p.mask <= Int32(HONE_MASK_CAUSAL_TOP_LEFT)
  return sizesFit && groupsFit && queryRowsFit && keyRowsFit && maskFits
}

private func optionsFit(_ p: hone_attention, _ cache: Element) -> Bool {
  guard p.window_left >= -1, p.window_right >= -1, p.softcap >= 0, p.softcap < .infinity else {
    return false
  }
  // Planning knows sizes only: a cache is paged by its block size.
  guard p.block_size != 0 ? pagesFit(p) : p.block_table == nil else { return false }
  let hasScales = p.k_scales != nil || p.v_scales != nil
  return cache == .s8 || !hasScales
}

private func pagesFit(_ p: hone_attention) -> Bool {
  guard p.block_size > 0, p.block_count >= 0, p.table_stride >= 0, p.k_offsets == nil else {
    return false
  }
  // Division, because a product may overflow.
  return p.lk == 0 || (p.lk - 1) / p.block_size < p.table_stride
}

/// What only a run can check: pointers that it is going to use, and the numbers that they lead to.
func operandsFit(_ p: hone_attention, _ cache: Element) -> Bool {
  let writes = p.batch > 0 && p.heads > 0 && p.lq > 0 && p.head_dim > 0
  let reads = writes && p.lk > 0
  guard !writes || (p.o != nil && p.q != nil), !reads || (p.k != nil && p.v != nil),
    !reads || cache != .s8 || (p.k_scales != nil && p.v_scales != nil),
    p.block_size == 0 || p.block_table != nil || !reads
  else { return false }
  return offsetsFit(p.q_offsets, p.batch, longest: p.lq)
    && offsetsFit(p.k_offsets, p.batch, longest: p.lk) && lengthsFit(p) && (!reads || tableFits(p))
}

private func offsetsFit(
  _ offsets: UnsafePointer<Int32>?, _ batch: Int64, longest: Int64
) -> Bool {
  guard let offsets, batch > 0 else { return true }
  guard offsets[0] >= 0 else { return false }
  for b in 0..<Int(batch) {
    let length = Int64(offsets[b + 1]) - Int64(offsets[b])
    if length < 0 || length > longest { return false }
  }
  return true
}

private func lengthsFit(_ p: hone_attention) -> Bool {
  guard let lengths = p.k_lengths else { return true }
  for b in 0..<Int(p.batch) {
    let most = p.k_offsets.map { Int64($0[b + 1]) - Int64($0[b]) } ?? p.lk
    if lengths[b] < 0 || Int64(lengths[b]) > most { return false }
  }
  return true
}

/// Every block that holds a key in use exists. Entries beyond a sequence's last key are not looked at.
private func tableFits(_ p: hone_attention) -> Bool {
  guard let table = p.block_table else { return true }
  for b in 0..<Int(p.batch) {
    let keys = p.k_lengths.map { Int($0[b]) } ?? Int(p.lk)
    let blocks = (keys + Int(p.block_size) - 1) / Int(p.block_size)
    let row = table + b * Int(p.table_stride)
    for block in 0..<blocks where row[block] < 0 || Int64(row[block]) >= p.block_count {
      return false
    }
  }
  return true
}
