// Attention+Tiles.swift: the two register tiles of tiled attention, with queries along the lanes of a vector.
//
// Both are the inner loop of a matrix product whose columns are NV vectors of queries: load NV vectors, then broadcast MR
// values one after the other, each into NV multiply-adds. Registers: ACC = MR * NV sums, NV vectors, 1 broadcast.
//
//   scores    S[j][queries]  = sum over d of K[j][d] * Q[d][queries]        MR keys, read along their rows
//   values    O[d][queries] += sum over j of V[j][d] * P[j][queries]        MR elements of each key's value row
//
// K and V are read as they lie in memory: only Q and O are transposed, once for each block of queries.

enum AttentionTile<let MR: Int, let NV: Int, let ACC: Int> {
  typealias Sums = InlineArray<ACC, FloatVector>

  /// Queries in a row of Q, S, P and O: the vectors of one are side by side.
  @inline(__always) static var width: Int { NV * lanes }

  /// MR rows of S from MR rows of K.
  @inline(__always)
  static func scores(
    _ dim: Int, keys: UnsafePointer<Float>, keyStride: Int, queries: UnsafePointer<Float>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    var sums: Sums = zeros()
    var (keys, queries) = (keys, queries)
    let end = keys + dim
    while keys < end {
      step(keys, keyStride, queries, &sums)
      keys += 1
      queries += width
    }
    for r in 0..<MR {
      for v in 0..<NV { storeVector(sums[r * NV + v], scores + r * width + v * lanes) }
    }
  }

  /// MR rows of O, which are first multiplied by `decay` (NV vectors).
  @inline(__always)
  static func values(
    _ count: Int, values: UnsafePointer<Float>, valueStride: Int, weights: UnsafePointer<Float>,
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
    let end = weights + count * width
    while weights < end {
      step(values, 1, weights, &sums)
      values += valueStride
      weights += width
    }
    for r in 0..<MR {
      for v in 0..<NV { storeVector(sums[r * NV + v], output + r * width + v * lanes) }
    }
  }

  /// sums[r] += a[r * stride] * b, for MR values and NV vectors.
  @inline(__always)
  private static func step(
    _ a: UnsafePointer<Float>, _ stride: Int, _ b: UnsafePointer<Float>, _ sums: inout Sums
  ) {
    var row: InlineArray<NV, FloatVector> = zeros()
    for v in 0..<NV { row[v] = loadFirst(b + v * lanes) }
    for r in 0..<MR {
      let x = FloatVector(repeating: a[r * stride])
      for v in 0..<NV { sums[r * NV + v] = inTurn(multiplyAdd(sums[r * NV + v], x, row[v])) }
    }
  }
}
