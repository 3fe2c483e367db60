// Attention+Tiles.swift: the two register tiles of tiled attention, with queries along the lanes of a vector.
//
// Both are the inner loop of a matrix product whose columns are NV vectors of queries: load NV vectors, then broadcast MR
// values one after the other, each into NV multiply-adds. Registers: ACC = MR * NV sums, NV vectors, 1 broadcast.
//
//   scores    S[j][queries]  = sum over d of K[j][d] * Q[d][queries]        MR keys, read along their rows
//   values    O[d][queries] += sum over j of V[j][d] * P[j][queries]        MR elements of each key's value row
//
// Of floats, K and V are read as they lie in memory: only Q and O are transposed, once for each block of queries. Of pairs, d stands for
// two neighbours in K and Q, and j for two keys in V and P: V is copied, two rows as one.

enum AttentionTile<P: LaneProducts, let MR: Int, let NV: Int, let ACC: Int> {
  typealias Sums = InlineArray<ACC, FloatVector>

  /// Queries in a row of Q, S, P and O: the vectors of one are side by side.
  @inline(__always) static var width: Int { NV * lanes }

  /// MR rows of S from MR rows of K, of `depth` products in each lane.
  @inline(__always)
  static func scores(
    _ depth: Int, keys: UnsafeRawPointer, keyStride: Int, queries: UnsafePointer<Float>,
    scale: Float, into scores: UnsafeMutablePointer<Float>
  ) {
    var sums: Sums = zeros()
    var (keys, queries) = (keys, queries)
    let end = keys + 4 * depth
    while keys < end {
      step(keys, keyStride, queries, &sums)
      keys += 4
      queries += width
    }
    let scale = FloatVector(repeating: scale)
    for r in 0..<MR {
      for v in 0..<NV {
        storeVector(P.logits(sums[r * NV + v], scale), scores + r * width + v * lanes)
      }
    }
  }

  /// MR rows of O, which are first multiplied by `decay` (NV vectors).
  @inline(__always)
  static func values(
    _ depth: Int, values: UnsafeRawPointer, valueStride: Int, weights: UnsafePointer<Float>,
    decay: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    var sums: Sums = zeros()
    for r in 0..<MR {
      for v in 0..<NV {
        sums[r * NV + v] =
          loadVector(output + r * width + v * lanes) * loadVector(decay + v * lanes)
      }
    }
    var (values, weights) = (values, weights)
    let end = weights + depth * width
    while weights < end {
      step(values, 4, weights, &sums)
      values += valueStride
      weights += width
    }
    for r in 0..<MR {
      for v in 0..<NV { storeVector(sums[r * NV + v], output + r * width + v * lanes) }
    }
  }

  /// sums[r] += what is at a + r * stride times b, for MR values and NV vectors. Strides are in bytes.
  @inline(__always)
  private static func step(
    _ a: UnsafeRawPointer, _ stride: Int, _ b: UnsafePointer<Float>, _ sums: inout Sums
  ) {
    var row: InlineArray<NV, FloatVector> = zeros()
    for v in 0..<NV { row[v] = loadFirst(b + v * lanes) }
    for r in 0..<MR {
      let x = P.every(a + r * stride)
      for v in 0..<NV { sums[r * NV + v] = P.add(sums[r * NV + v], x, row[v]) }
    }
  }
}
