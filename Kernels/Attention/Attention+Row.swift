// Attention+Row.swift: one row by the definition, in two passes over its keys: always right, never fast.

import CHoneKernel

/// The smallest finite float: what a running maximum starts from. Not -infinity, because -infinity - -infinity is NaN.
@inline(__always) var lowest: Float { -Float.greatestFiniteMagnitude }

extension AttentionCall {
  /// The output of query i of head h, and its log-sum-exp. Reads no key that the row does not see, so a NaN there cannot
  /// reach it; faster variants come back here for rows that turned out not to be finite.
  @inline(never)
  func attendRow(_ s: Sequence, _ h: Int, _ i: Int) {
    var top = lowest
    var count = 0
    forEachLogit(s, h, i) { _, logit in
      top = logit > top ? logit : top
      count += 1
    }
    let output = queryRow(o, s, h, i)
    guard count > 0 else {
      for d in 0..<dim { o.element.store(0, output, d) }
      return storeLse(-.infinity, s, h, i)
    }
    var sum: Float = 0
    // Four vectors of columns at a time: no row of floats is needed beside the output.
    var d = 0
    repeat {
      sum = attendColumns(s, h, i, from: d, top: top)
      d += 4 * lanes
    } while d < dim
    storeLse(logSumExp(top: top, sum: sum), s, h, i)
  }

  /// Columns d ..< d + 4 lanes of a row, as far as they exist; returns the sum of the weights.
  private func attendColumns(
    _ s: Sequence, _ h: Int, _ i: Int, from d: Int, top: Float
  ) -> Float {
    var values: InlineArray<4, FloatVector> = zeros()
    var sum: Float = 0
    forEachLogit(s, h, i) { j, logit in
      let weight = exp2(FloatVector(repeating: logit - top))
      sum += weight[0]
      let (value, factor) = (row(v, s, h / group, j), scale(p.v_scales, s, h / group, j))
      for c in 0..<4 where d + c * lanes < dim {
        let count = min(lanes, dim - d - c * lanes)
        let part = v.element.load(value, d + c * lanes, count: count)
        values[c] = multiplyAdd(values[c], weight, part * FloatVector(repeating: factor))
      }
    }
    let output = queryRow(o, s, h, i)
    for c in 0..<4 {
      for lane in 0..<lanes where d + c * lanes + lane < dim {
        o.element.store(values[c][lane] / sum, output, d + c * lanes + lane)
      }
    }
    return sum
  }

  /// The keys that the row sees, each with its logit. A bias of -infinity hides a key.
  @inline(__always)
  private func forEachLogit(
    _ s: Sequence, _ h: Int, _ i: Int, _ body: (_ j: Int, _ logit: Float) -> Void
  ) {
    let (query, kvHead) = (UnsafeRawPointer(queryRow(q, s, h, i)), h / group)
    var j = s.first(i)
    let end = s.visible(i)
    while j < end {
      let product = dot(query, row(k, s, kvHead, j)) * scale * scale(p.k_scales, s, kvHead, j)
      let logit = isPlain ? product : changed(product, s, h, i, j)
      if !(p.bias != nil && logit == -.infinity && isHidden(s, h, i, j)) { body(j, logit) }
      j += 1
    }
  }

  private func isHidden(_ s: Sequence, _ h: Int, _ i: Int, _ j: Int) -> Bool {
    guard let bias = p.bias else { return false }
    let (batch, head) = (s.batch * Int(p.bias_batch_stride), h * Int(p.bias_head_stride))
    return bias[batch + head + i * Int(p.bias_row_stride) + j] == -.infinity
  }

  @inline(__always)
  private func dot(_ x: UnsafeRawPointer, _ y: UnsafeRawPointer) -> Float {
    var sums = FloatVector(repeating: 0)
    var d = 0
    while d < dim {
      let count = min(lanes, dim - d)
      sums = multiplyAdd(
        sums, q.element.load(x, d, count: count), k.element.load(y, d, count: count))
      d += lanes
    }
    return sums.sum()
  }
}
