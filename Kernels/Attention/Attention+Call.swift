// Attention+Call.swift: a checked attention problem with its pointers in their types.

import CHoneKernel

/// What no variant could do is refused here; the variants' own checks add their limits.
func checkAttention(_ problem: UnsafeRawPointer?) -> Int32 {
  guard let problem else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_attention.self).pointee
  let sizesFit =
    p.batch >= 0 && p.heads >= 0 && p.kv_heads >= 0 && p.lq >= 0 && p.lk >= 0 && p.head_dim >= 0
  let groupsFit = p.heads == 0 || (p.kv_heads > 0 && p.heads % p.kv_heads == 0)
  let queryRowsFit =
    p.lq <= 1 || (p.q_row_stride >= p.head_dim && p.o_row_stride >= p.head_dim)
  let keyRowsFit = p.lk <= 1 || (p.k_row_stride >= p.head_dim && p.v_row_stride >= p.head_dim)
  let maskFits = p.mask >= 0 && p.mask <= Int32(HONE_MASK_CAUSAL_TOP_LEFT)
  let fits = sizesFit && groupsFit && queryRowsFit && keyRowsFit && maskFits
  return Int32(fits ? HONE_KERNEL_OK : HONE_KERNEL_BAD_ARGUMENT)
}

/// A problem as the kernels read it. Sizes and strides in elements.
struct AttentionCall {
  let batch: Int
  let heads: Int
  let kvHeads: Int
  let lq: Int
  let lk: Int
  let dim: Int
  let q: HeadRows
  let k: HeadRows
  let v: HeadRows
  let o: HeadRows
  /// The scale of the logits, in powers of two: softmax is computed as 2^(scale · log2(e) · q·k).
  let scale: Float
  let lse: UnsafeMutablePointer<Float>?
  /// Query i sees the keys below i + reach.
  private let reach: Int

  init(_ p: hone_attention) {
    (batch, heads, kvHeads) = (Int(p.batch), Int(p.heads), Int(p.kv_heads))
    (lq, lk, dim) = (Int(p.lq), Int(p.lk), Int(p.head_dim))
    q = HeadRows(p.q, p.q_batch_stride, p.q_head_stride, p.q_row_stride)
    k = HeadRows(p.k, p.k_batch_stride, p.k_head_stride, p.k_row_stride)
    v = HeadRows(p.v, p.v_batch_stride, p.v_head_stride, p.v_row_stride)
    o = HeadRows(UnsafeRawPointer(p.o), p.o_batch_stride, p.o_head_stride, p.o_row_stride)
    scale = p.scale * binaryPerNatural
    lse = p.lse
    switch p.mask {
    case Int32(HONE_MASK_CAUSAL_BOTTOM_RIGHT): reach = lk - lq + 1
    case Int32(HONE_MASK_CAUSAL_TOP_LEFT): reach = 1
    default: reach = lk
    }
  }

  /// Checks what only a run can: the pointers that it is going to use. nil where the call cannot be done.
  init?(_ problem: UnsafeRawPointer?, _ team: UnsafePointer<hone_kernel_team>?) {
    guard checkAttention(problem) == HONE_KERNEL_OK, let problem, let team,
      team.pointee.index < team.pointee.count
    else { return nil }
    let p = problem.assumingMemoryBound(to: hone_attention.self).pointee
    let writes = p.batch > 0 && p.heads > 0 && p.lq > 0 && p.head_dim > 0
    let reads = writes && p.lk > 0
    guard !writes || (p.o != nil && p.q != nil), !reads || (p.k != nil && p.v != nil) else {
      return nil
    }
    self.init(p)
  }

  /// Query heads that read one key/value head.
  var group: Int { kvHeads > 0 ? heads / kvHeads : 1 }

  /// How many keys query i sees: keys 0 ..< visible(i). Does not decrease with i.
  @inline(__always)
  func visible(_ i: Int) -> Int { min(lk, max(0, i + reach)) }

  /// The first key that query i does not see, were there keys enough: grows by one a query where there is a mask.
  @inline(__always)
  func firstHidden(_ i: Int) -> Int { i + reach }

  /// The value is computed only where the caller wants it: for short keys a logarithm a row is a tenth of the work.
  @inline(__always)
  func storeLse(_ value: @autoclosure () -> Double, _ b: Int, _ h: Int, _ i: Int) {
    guard let lse else { return }
    lse[(b * heads + h) * lq + i] = Float(value())
  }

  /// The log-sum-exp of a row from its largest logit (a power of two) and the sum of its exponentials.
  func logSumExp(top: Float, sum: Float) -> Double {
    sum > 0 ? Double(top) * naturalPerBinary + naturalLogarithm(sum) : .nan
  }
}

/// The rows of one operand: of each batch and head.
struct HeadRows {
  let base: UnsafeMutablePointer<Float>
  let batchStride: Int
  let headStride: Int
  let rowStride: Int

  init(_ p: UnsafeRawPointer?, _ batch: Int64, _ head: Int64, _ row: Int64) {
    let nowhere = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    base = UnsafeMutableRawPointer(mutating: p ?? nowhere).assumingMemoryBound(to: Float.self)
    (batchStride, headStride, rowStride) = (Int(batch), Int(head), Int(row))
  }

  @inline(__always)
  func row(_ b: Int, _ h: Int, _ i: Int) -> UnsafeMutablePointer<Float> {
    base + (b * batchStride + h * headStride + i * rowStride)
  }
}
