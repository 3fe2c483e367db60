// Attention+Call.swift: a checked attention problem as the kernels read it: sizes, rows, sequences.

import CHoneKernel

/// Element types that a row of the catalogue is compiled for.
protocol AttentionTypes {
  /// Of Q and O.
  associatedtype Outer: HeadFormat
  /// Of K and V.
  associatedtype Cache: HeadFormat
}

/// Sizes and strides in elements.
struct AttentionCall {
  let batch: Int
  let heads: Int
  let kvHeads: Int
  /// Of the longest sequence.
  let lq: Int
  let lk: Int
  let dim: Int
  let q: HeadRows
  let k: HeadRows
  let v: HeadRows
  let o: HeadRows
  /// The scale of the logits, in powers of two: softmax is computed as 2^(scale · log2(e) · q·k).
  let scale: Float
  /// The options, and the pointers that are read as they are.
  let p: hone_attention

  init<T: AttentionTypes>(_ p: hone_attention, _ types: T.Type) {
    (batch, heads, kvHeads) = (Int(p.batch), Int(p.heads), Int(p.kv_heads))
    (lq, lk, dim) = (Int(p.lq), Int(p.lk), Int(p.head_dim))
    let (outer, cache) = (T.Outer.element, T.Cache.element)
    q = HeadRows(p.q, outer, p.q_batch_stride, p.q_head_stride, p.q_row_stride)
    k = HeadRows(p.k, cache, p.k_batch_stride, p.k_head_stride, p.k_row_stride)
    v = HeadRows(p.v, cache, p.v_batch_stride, p.v_head_stride, p.v_row_stride)
    o = HeadRows(
      UnsafeRawPointer(p.o), outer, p.o_batch_stride, p.o_head_stride, p.o_row_stride)
    scale = p.scale * binaryPerNatural
    self.p = p
  }

  /// nil where the call cannot be done.
  init?<T: AttentionTypes>(
    _ problem: UnsafeRawPointer?, _ team: UnsafePointer<hone_kernel_team>?, _ types: T.Type
  ) {
    guard checkAttention(problem, T.Cache.element) == HONE_KERNEL_OK, let problem, let team,
      team.pointee.index < team.pointee.count, let p = readAttention(problem),
      operandsFit(p, T.Cache.element)
    else { return nil }
    self.init(p, types)
  }

  /// From sizes alone, for a workspace.
  init?<T: AttentionTypes>(sizes problem: UnsafeRawPointer?, _ types: T.Type) {
    guard checkAttention(problem, T.Cache.element) == HONE_KERNEL_OK, let problem,
      let p = readAttention(problem)
    else { return nil }
    self.init(p, types)
  }

  /// Query heads that read one key/value head.
  var group: Int { kvHeads > 0 ? heads / kvHeads : 1 }

  /// The value is computed only where the caller wants it: for short keys a logarithm a row is a tenth of the work.
  @inline(__always)
  func storeLse(_ value: @autoclosure () -> Double, _ s: Sequence, _ h: Int, _ i: Int) {
    guard let lse = p.lse else { return }
    lse[(s.batch * heads + h) * lq + i] = Float(value())
  }

  /// The log-sum-exp of a row from its largest logit (a power of two) and the sum of its exponentials.
  func logSumExp(top: Float, sum: Float) -> Double {
    sum > 0 ? Double(top) * naturalPerBinary + naturalLogarithm(sum) : .nan
  }
}

// MARK: - Sequences

/// One sequence of the batch: its lengths, its first rows, and which keys its queries see.
struct Sequence {
  let batch: Int
  let queries: Int
  let keys: Int
  let firstQuery: Int
  let firstKey: Int
  /// Query i stands at key i + place, and sees the keys from i + back up to and without i + reach.
  let place: Int
  let back: Int
  let reach: Int

  /// How many keys there are below the first that query i does not see. Does not decrease with i.
  @inline(__always)
  func visible(_ i: Int) -> Int { min(keys, max(0, i + reach)) }

  /// The first key that query i sees, if it sees any. Does not decrease with i.
  @inline(__always)
  func first(_ i: Int) -> Int { max(0, i + back) }
}

extension AttentionCall {
  func sequence(_ b: Int) -> Sequence {
    var (queries, keys, firstQuery, firstKey) = (lq, lk, 0, 0)
    if let offsets = p.q_offsets {
      firstQuery = Int(offsets[b])
      queries = Int(offsets[b + 1]) - firstQuery
    }
    if let offsets = p.k_offsets {
      firstKey = Int(offsets[b])
      keys = Int(offsets[b + 1]) - firstKey
    }
    if let lengths = p.k_lengths { keys = Int(lengths[b]) }
    let place = p.mask == Int32(HONE_MASK_CAUSAL_TOP_LEFT) ? 0 : keys - queries
    // Far enough for any query and any key, near enough for sums of a few.
    let far = 1 << 40
    let right = p.window_right >= 0 ? min(Int(p.window_right), far) : far
    let left = p.window_left >= 0 ? min(Int(p.window_left), far) : far
    let reach = place + 1 + (p.mask == Int32(HONE_MASK_NONE) ? right : 0)
    return Sequence(
      batch: b, queries: queries, keys: keys, firstQuery: firstQuery, firstKey: firstKey,
      place: place, back: place - left, reach: reach)
  }

  /// Key j of a sequence, and where it lies.
  @inline(__always)
  func row(_ rows: HeadRows, _ s: Sequence, _ h: Int, _ j: Int) -> UnsafeRawPointer {
    let (block, within) = place(s, j)
    return UnsafeRawPointer(rows.row(block, h, within))
  }

  /// Batch (or block) and row of key j.
  @inline(__always)
  private func place(_ s: Sequence, _ j: Int) -> (Int, Int) {
    guard let table = p.block_table else { return (s.batch, s.firstKey + j) }
    let (block, within) = j.quotientAndRemainder(dividingBy: Int(p.block_size))
    return (Int(table[s.batch * Int(p.table_stride) + block]), within)
  }

  /// How many keys from j on lie one row stride apart.
  @inline(__always)
  func run(_ j: Int) -> Int {
    p.block_table == nil ? lk : Int(p.block_size) - j % Int(p.block_size)
  }

  @inline(__always)
  func queryRow(_ rows: HeadRows, _ s: Sequence, _ h: Int, _ i: Int) -> UnsafeMutableRawPointer {
    rows.row(s.batch, h, s.firstQuery + i)
  }

  /// What key j's elements are multiplied by: 1 where there are no scales.
  @inline(__always)
  func scale(_ scales: UnsafePointer<Float>?, _ s: Sequence, _ h: Int, _ j: Int) -> Float {
    guard let scales else { return 1 }
    let (block, within) = place(s, j)
    return scales[
      block * Int(p.scale_batch_stride) + h * Int(p.scale_head_stride) + within
        * Int(p.scale_row_stride)]
  }

  /// Where the scales of `count` keys from j on lie, if they lie side by side.
  @inline(__always)
  func scales(
    _ scales: UnsafePointer<Float>?, _ s: Sequence, _ h: Int, _ j: Int, count: Int
  ) -> UnsafePointer<Float>? {
    guard let scales, p.scale_row_stride == 1, run(j) >= count else { return nil }
    let (block, within) = place(s, j)
    return scales
      + (block * Int(p.scale_batch_stride) + h * Int(p.scale_head_stride) + within)
  }

  /// No key is ever hidden between the first and the last one that a query sees, and logits are products alone.
  var isPlain: Bool { p.softcap == 0 && p.slopes == nil && p.bias == nil }

  /// K and V have to be copied to be read as rows of floats at one stride.
  var needsCopies: Bool { k.element != .f32 || p.block_size != 0 }
}
