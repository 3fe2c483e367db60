// Attention.swift: the oracle of attention: one query of one head in Double, by the definition.

public import CHoneKernel

#if canImport(Glibc)
  internal import Glibc
#endif

/// How the elements of an attention problem are stored: Q and O, and K and V.
public struct AttentionStorage: Sendable, Hashable {
  public var outer: StoredType
  public var cache: StoredType

  public init(_ outer: StoredType = .f32, cache: StoredType? = nil) {
    (self.outer, self.cache) = (outer, cache ?? outer)
  }
}

extension Reference {
  /// What one query attends to.
  public struct AttentionRow {
    /// headDim values; zeros where the query sees no key.
    public var values: [Double]
    /// Log of the sum of the exponentials of the scaled, visible logits; -infinity where there are none.
    public var logSumExp = -Double.infinity
    /// Keys that the row sees.
    public var visible = 0
    /// Largest |v| among the visible keys' values: what errors are proportional to.
    public var magnitude = 0.0
    /// Largest |scale| ‖q‖‖k‖ of a visible key, and largest of what the options add to a logit, the cap included.
    public var product = 0.0
    public var added = 0.0
  }

  /// - Precondition: the query exists in its sequence.
  public static func attentionRow(
    _ p: hone_attention, _ storage: AttentionStorage = AttentionStorage(), batch: Int, head: Int,
    query: Int
  ) -> AttentionRow {
    let reader = AttentionReader(p, storage, batch: batch, head: head)
    var row = AttentionRow(values: [Double](repeating: 0, count: Int(p.head_dim)))
    let q = reader.query(query)
    var seen: [(key: Int, logit: Double)] = []
    for j in reader.visible(query) {
      let added = reader.added(query, j)
      if added == -.infinity { continue }
      let k = reader.key(j)
      let product = zip(q, k).reduce(0.0) { $0 + $1.0 * $1.1 } * Double(p.scale)
      seen.append((j, reader.capped(product) + added))
      row.product = max(row.product, abs(Double(p.scale)) * norm(q) * norm(k))
      row.added = max(row.added, abs(added) + reader.cap)
    }
    guard !seen.isEmpty else { return row }
    row.visible = seen.count
    // max() would drop a NaN; a row with one is NaN throughout.
    let logits = seen.map(\.logit)
    let top = logits.contains { $0.isNaN } ? .nan : logits.max() ?? 0
    let total = logits.reduce(0.0) { $0 + exp($1 - top) }
    row.logSumExp = top + log(total)
    for (j, logit) in seen {
      let (v, weight) = (reader.value(j), exp(logit - top) / total)
      for d in v.indices {
        row.values[d] += weight * v[d]
        row.magnitude = max(row.magnitude, abs(v[d]))
      }
    }
    return row
  }

  private static func norm(_ x: [Double]) -> Double {
    x.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
  }
}

/// One head of one sequence, with every option of hone_kernel.h.
private struct AttentionReader {
  let p: hone_attention
  let storage: AttentionStorage
  let batch: Int
  let head: Int
  private let hasOptions: Bool
  private var kvHead: Int { head / max(1, Int(p.heads / max(1, p.kv_heads))) }

  init(_ p: hone_attention, _ storage: AttentionStorage, batch: Int, head: Int) {
    (self.p, self.storage, self.batch, self.head) = (p, storage, batch, head)
    hasOptions = p.mask & Int32(HONE_MASK_WITH_OPTIONS) != 0
  }

  private func offsets(_ list: UnsafePointer<Int32>?, _ most: Int64) -> Range<Int> {
    guard hasOptions, let list else { return 0..<Int(most) }
    return Int(list[batch])..<Int(list[batch + 1])
  }

  private var keys: Int {
    let all = offsets(p.k_offsets, p.lk).count
    return hasOptions ? p.k_lengths.map { Int($0[batch]) } ?? all : all
  }

  private func place(_ i: Int) -> Int {
    let isTopLeft = p.mask & 3 == HONE_MASK_CAUSAL_TOP_LEFT
    return isTopLeft ? i : i + keys - offsets(p.q_offsets, p.lq).count
  }

  func visible(_ i: Int) -> [Int] {
    let at = place(i)
    return (0..<keys).filter { j in
      if p.mask & 3 != HONE_MASK_NONE && j > at { return false }
      guard hasOptions else { return true }
      return (p.window_left < 0 || j >= at - Int(p.window_left))
        && (p.window_right < 0 || j <= at + Int(p.window_right))
    }
  }

  // MARK: Logits

  var cap: Double { hasOptions ? Double(p.softcap) : 0 }

  func capped(_ x: Double) -> Double { cap > 0 ? cap * tanh(x / cap) : x }

  func added(_ i: Int, _ j: Int) -> Double {
    guard hasOptions else { return 0 }
    var sum = 0.0
    if let slopes = p.slopes { sum -= Double(slopes[head]) * Double(abs(place(i) - j)) }
    guard let bias = p.bias else { return sum }
    let (batches, heads) = (batch * Int(p.bias_batch_stride), head * Int(p.bias_head_stride))
    return sum + Double(bias[batches + heads + i * Int(p.bias_row_stride) + j])
  }

  // MARK: Rows

  func query(_ i: Int) -> [Double] {
    let row = offsets(p.q_offsets, p.lq).lowerBound + i
    let at =
      batch * Int(p.q_batch_stride) + head * Int(p.q_head_stride) + row * Int(p.q_row_stride)
    return elements(p.q, storage.outer, at, times: 1)
  }

  func key(_ j: Int) -> [Double] {
    let (b, row) = place(ofKey: j)
    let at = b * Int(p.k_batch_stride) + kvHead * Int(p.k_head_stride) + row * Int(p.k_row_stride)
    return elements(p.k, storage.cache, at, times: scale(p.k_scales, b, row))
  }

  func value(_ j: Int) -> [Double] {
    let (b, row) = place(ofKey: j)
    let at = b * Int(p.v_batch_stride) + kvHead * Int(p.v_head_stride) + row * Int(p.v_row_stride)
    return elements(p.v, storage.cache, at, times: scale(p.v_scales, b, row))
  }

  private func place(ofKey j: Int) -> (batch: Int, row: Int) {
    guard hasOptions, let table = p.block_table else {
      return (batch, offsets(p.k_offsets, p.lk).lowerBound + j)
    }
    let (block, row) = j.quotientAndRemainder(dividingBy: Int(p.block_size))
    return (Int(table[batch * Int(p.table_stride) + block]), row)
  }

  private func scale(_ scales: UnsafePointer<Float>?, _ b: Int, _ row: Int) -> Double {
    guard hasOptions, let scales else { return 1 }
    let (batches, heads) = (b * Int(p.scale_batch_stride), kvHead * Int(p.scale_head_stride))
    return Double(scales[batches + heads + row * Int(p.scale_row_stride)])
  }

  private func elements(
    _ base: UnsafeRawPointer?, _ type: StoredType, _ first: Int, times factor: Double
  ) -> [Double] {
    guard let base else { return [Double](repeating: 0, count: Int(p.head_dim)) }
    return (first..<first + Int(p.head_dim)).map { Reference.element(base, type, $0) * factor }
  }
}
