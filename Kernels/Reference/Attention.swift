// Attention.swift: the oracle of attention: one query of one head in Double, by the definition.

public import CHoneKernel

#if canImport(Glibc)
  internal import Glibc
#endif

extension Reference {
  /// What one query attends to (f32 operands).
  public struct AttentionRow {
    /// headDim values; zeros where the mask hides every key.
    public var values: [Double]
    /// Log of the sum of the exponentials of the scaled, visible logits; -infinity where there are none.
    public var logSumExp: Double
    /// Keys that the mask lets through.
    public var visible: Int
    /// Largest |v| among the visible keys' values: what errors are proportional to.
    public var magnitude: Double
  }

  public static func attentionRow(
    _ p: hone_attention, batch: Int, head: Int, query: Int
  ) -> AttentionRow {
    let dim = Int(p.head_dim)
    let group = head / max(1, Int(p.heads / max(1, p.kv_heads)))
    var visible = Int(p.lk)
    if p.mask != HONE_MASK_NONE {
      let shift = p.mask == HONE_MASK_CAUSAL_BOTTOM_RIGHT ? Int(p.lk - p.lq) : 0
      visible = min(Int(p.lk), max(0, query + shift + 1))
    }
    var row = AttentionRow(
      values: [Double](repeating: 0, count: dim), logSumExp: -.infinity, visible: visible,
      magnitude: 0)
    guard visible > 0, let q = floats(p.q), let k = floats(p.k), let v = floats(p.v) else {
      return row
    }
    let queryRow =
      q + batch * Int(p.q_batch_stride) + head * Int(p.q_head_stride) + query * Int(p.q_row_stride)
    let keys = k + batch * Int(p.k_batch_stride) + group * Int(p.k_head_stride)
    let valueRows = v + batch * Int(p.v_batch_stride) + group * Int(p.v_head_stride)
    var logits: [Double] = []
    for j in 0..<visible {
      let key = keys + j * Int(p.k_row_stride)
      logits.append(
        (0..<dim).reduce(0.0) { $0 + Double(queryRow[$1]) * Double(key[$1]) } * Double(p.scale))
    }
    // max() would drop a NaN; a row with one is NaN throughout.
    let top = logits.contains { $0.isNaN } ? .nan : logits.max() ?? 0
    let weights = logits.map { exp($0 - top) }
    let total = weights.reduce(0, +)
    row.logSumExp = top + log(total)
    for j in 0..<visible {
      let value = valueRows + j * Int(p.v_row_stride)
      for d in 0..<dim {
        row.values[d] += weights[j] / total * Double(value[d])
        row.magnitude = max(row.magnitude, abs(Double(value[d])))
      }
    }
    return row
  }
}
