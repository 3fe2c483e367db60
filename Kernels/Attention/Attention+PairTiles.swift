// Attention+PairTiles.swift: the two register tiles of attention in bfloat16: products of pairs, sums in floats.
//
// As in Attention+Tiles.swift, queries lie along the lanes; but each lane holds two neighbours of what is summed over, and a
// broadcast brings two numbers at once: half the instructions and half the bytes.
//
//   scores    S[j][queries]  = sum over pairs of d of K[j][d d+1] · Q[d d+1][queries]        K as it lies in memory
//   values    O[d][queries] += sum over pairs of j of V[j j+1][d] · P[j j+1][queries]        V copied, two rows as one

#if HONE_BF16
  import CIntrinsics

  enum AttentionPairTile<let MR: Int, let NV: Int, let ACC: Int> {
    typealias Sums = InlineArray<ACC, FloatVector>

    @inline(__always) static var width: Int { NV * lanes }

    /// MR rows of S from MR rows of K, times `scale`.
    @inline(__always)
    static func scores(
      _ pairs: Int, keys: UnsafeRawPointer, keyStride: Int, queries: UnsafePointer<Float>,
      scale: Float, into scores: UnsafeMutablePointer<Float>
    ) {
      var sums: Sums = zeros()
      var (keys, queries) = (keys, queries)
      let end = keys + 4 * pairs
      while keys < end {
        step(keys, keyStride, queries, &sums)
        keys += 4
        queries += width
      }
      let factor = FloatVector(repeating: scale)
      for r in 0..<MR {
        for v in 0..<NV { storeVector(sums[r * NV + v] * factor, scores + r * width + v * lanes) }
      }
    }

    /// MR rows of O, which are first multiplied by `decay` (NV vectors).
    @inline(__always)
    static func values(
      _ pairs: Int, values: UnsafeRawPointer, valueStride: Int, weights: UnsafePointer<Float>,
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
      let end = weights + pairs * width
      while weights < end {
        step(values, 4, weights, &sums)
        values += valueStride
        weights += width
      }
      for r in 0..<MR {
        for v in 0..<NV { storeVector(sums[r * NV + v], output + r * width + v * lanes) }
      }
    }

    /// sums[r] += the pair at a + r · stride times b, for MR pairs and NV vectors of pairs.
    @inline(__always)
    private static func step(
      _ a: UnsafeRawPointer, _ stride: Int, _ b: UnsafePointer<Float>, _ sums: inout Sums
    ) {
      var row: InlineArray<NV, FloatVector> = zeros()
      for v in 0..<NV { row[v] = loadFirst(b + v * lanes) }
      for r in 0..<MR {
        let x = CIntrinsics_everyPair(a + r * stride)
        for v in 0..<NV { sums[r * NV + v] = CIntrinsics_addPairs(sums[r * NV + v], x, row[v]) }
      }
    }
  }
#endif
