// Attention+Logits.swift: what happens to scaled logits before the softmax: soft-cap, ALiBi, an additive bias.

import CHoneKernel

/// cap · tanh(x / cap) for logits and a cap in powers of two, within 2⁻²² · cap.
///
/// tanh(y) = 1 - 2 / (e^{2y} + 1); above 2^40 the fraction is nothing.
@inline(__always)
func capped(_ x: FloatVector, _ cap: Float) -> FloatVector {
  let power = x * FloatVector(repeating: 2 * binaryPerNatural / cap)
  let limit = FloatVector(repeating: 40)
  let e = exp2(power.replacing(with: limit, where: power .> limit))
  let one = FloatVector(repeating: 1)
  return FloatVector(repeating: cap) * (one - 2 / (e + one))
}

/// 0, 1, 2 … in the lanes.
@inline(__always) private var steps: FloatVector {
  var v = FloatVector(repeating: 0)
  for lane in 0..<lanes { v[lane] = Float(lane) }
  return v
}

extension AttentionCall {
  private var cap: Float { p.softcap * binaryPerNatural }

  private func biasRow(_ s: Sequence, _ h: Int, _ i: Int) -> UnsafePointer<Float>? {
    p.bias.map {
      $0
        + (s.batch * Int(p.bias_batch_stride) + h * Int(p.bias_head_stride)
          + i * Int(p.bias_row_stride))
    }
  }

  /// One logit.
  func changed(_ logit: Float, _ s: Sequence, _ h: Int, _ i: Int, _ j: Int) -> Float {
    var x = logit
    if p.softcap > 0 { x = capped(FloatVector(repeating: x), cap)[0] }
    if let slopes = p.slopes {
      x -= slopes[h] * binaryPerNatural * Float(abs(i + s.place - j))
    }
    guard let bias = biasRow(s, h, i) else { return x }
    // A NaN that is hidden stays out.
    return bias[j] == -.infinity ? -.infinity : x + bias[j] * binaryPerNatural
  }

  /// Logits of one query and `count` keys from `key` on, one after the other; the row has room for whole vectors.
  func changeRow(
    _ row: UnsafeMutablePointer<Float>, _ s: Sequence, _ h: Int, _ i: Int, key: Int, count: Int
  ) {
    let slope = FloatVector(repeating: (p.slopes?[h] ?? 0) * binaryPerNatural)
    let bias = biasRow(s, h, i)
    var j = 0
    while j < count {
      var x = loadVector(row + j)
      if p.softcap > 0 { x = capped(x, cap) }
      if p.slopes != nil {
        x -= slope * size(FloatVector(repeating: Float(i + s.place - key - j)) - steps)
      }
      if let bias {
        let added = loadPartial(bias + key + j, laneMask(min(lanes, count - j)))
        x += added * FloatVector(repeating: binaryPerNatural)
      }
      storeVector(x, row + j)
      j += lanes
    }
  }

  @inline(__always)
  private func size(_ x: FloatVector) -> FloatVector {
    x.replacing(with: -x, where: x .< FloatVector(repeating: 0))
  }

  /// Logits of `width` queries side by side, from query i on, and of `count` keys from `key` on: a row for each key.
  /// - Parameter queries: how many of the queries exist.
  func changeColumns(
    _ scores: UnsafeMutablePointer<Float>, width: Int, _ s: Sequence, _ h: Int, _ i: Int,
    queries: Int, key: Int, count: Int
  ) {
    if p.softcap > 0 || p.slopes != nil {
      let slope = FloatVector(repeating: (p.slopes?[h] ?? 0) * binaryPerNatural)
      for j in 0..<count {
        var lane = 0
        while lane < width {
          let at = scores + j * width + lane
          var x = loadVector(at)
          if p.softcap > 0 { x = capped(x, cap) }
          if p.slopes != nil {
            x -= slope * size(FloatVector(repeating: Float(i + lane + s.place - key - j)) + steps)
          }
          storeVector(x, at)
          lane += lanes
        }
      }
    }
    if let bias = biasRow(s, h, i) {
      addTransposed(bias + key, scores, width: width, queries: queries, count: count)
    }
  }

  /// The bias has a row for each query, the scores one for each key: squares of 4 x 4 are turned.
  private func addTransposed(
    _ bias: UnsafePointer<Float>, _ scores: UnsafeMutablePointer<Float>, width: Int, queries: Int,
    count: Int
  ) {
    let stride = Int(p.bias_row_stride)
    for i in 0..<queries {
      let isSquare = i & 3 == 0 && i + 4 <= queries
      if !isSquare && i & ~3 + 4 <= queries { continue }
      var j = 0
      while isSquare && j + 4 <= count {
        let square = Square(bias + i * stride + j, stride).transposed(times: binaryPerNatural)
        square.plus(Square(scores + j * width + i, width)).store(scores + j * width + i, width)
        j += 4
      }
      let rows = isSquare ? 4 : 1
      while j < count {
        for r in 0..<rows {
          scores[j * width + i + r] += bias[(i + r) * stride + j] * binaryPerNatural
        }
        j += 1
      }
    }
  }
}
