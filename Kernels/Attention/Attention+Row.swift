// Attention+Row.swift: one row by the definition, in two passes over its keys: always right, never fast.

/// The smallest finite float: what a running maximum starts from. Not -infinity, because -infinity - -infinity is NaN.
@inline(__always) var lowest: Float { -Float.greatestFiniteMagnitude }

extension AttentionCall {
  /// The output of query i of head h, and its log-sum-exp. Reads no key that the row does not see, so a NaN there cannot
  /// reach it; faster variants come back here for rows that turned out not to be finite.
  @inline(never)
  func attendRow(_ b: Int, _ h: Int, _ i: Int) {
    let output = o.row(b, h, i)
    for d in 0..<dim { output[d] = 0 }
    let count = visible(i)
    guard count > 0 else { return storeLse(-.infinity, b, h, i) }
    let query = UnsafePointer(q.row(b, h, i))
    let kvHead = h / group
    var top = lowest
    for j in 0..<count {
      let logit = dot(query, k.row(b, kvHead, j)) * scale
      top = logit > top ? logit : top
    }
    var sum: Float = 0
    for j in 0..<count {
      let logit = dot(query, k.row(b, kvHead, j)) * scale
      let weight = exp2(FloatVector(repeating: logit - top))
      sum += weight[0]
      add(v.row(b, kvHead, j), times: weight, to: output)
    }
    for d in 0..<dim { output[d] /= sum }
    storeLse(logSumExp(top: top, sum: sum), b, h, i)
  }

  @inline(__always)
  private func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>) -> Float {
    var sums = FloatVector(repeating: 0)
    var d = 0
    while d + lanes <= dim {
      sums = multiplyAdd(sums, loadVector(x + d), loadVector(y + d))
      d += lanes
    }
    var sum = sums.sum()
    while d < dim {
      sum += x[d] * y[d]
      d += 1
    }
    return sum
  }

  @inline(__always)
  private func add(
    _ row: UnsafePointer<Float>, times weight: FloatVector, to output: UnsafeMutablePointer<Float>
  ) {
    var d = 0
    while d + lanes <= dim {
      storeVector(multiplyAdd(loadVector(output + d), weight, loadVector(row + d)), output + d)
      d += lanes
    }
    while d < dim {
      output[d] += weight[0] * row[d]
      d += 1
    }
  }
}
