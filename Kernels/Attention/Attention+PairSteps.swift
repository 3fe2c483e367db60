// Attention+PairSteps.swift: one step of the online softmax in bfloat16: NV vectors of queries against one tile of keys.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  /// K for some keys in place or copied, V in pairs of rows. Strides in bytes.
  struct PairKeys {
    let keys: UnsafeRawPointer
    let keyStride: Int
    let values: UnsafeRawPointer
    let valueStride: Int
  }

  /// A8, A4, A2 as in LaneSteps.
  enum PairSteps<let NV: Int, let A2: Int, let A4: Int, let A8: Int> {
    @inline(__always) static var width: Int { NV * lanes }

    @inline(never)
    static func attend(_ tile: LaneTile, _ keys: PairKeys, _ part: TilePart) {
      let scores = tile.scores + width
      computeScores(tile, keys, part, into: scores)
      if !part.call.isPlain {
        part.call.changeColumns(
          scores, width: width, part.s, part.h, part.query, queries: part.queries, key: part.key,
          count: part.count)
      }
      if part.isMasked { LaneSteps<NV, A2, A4, A8>.mask(scores, part) }
      softmax(tile, scores, part.count)
      addValues(tile, keys, (part.count + 1) / 2, scores)
    }

    @inline(__always)
    private static func computeScores(
      _ tile: LaneTile, _ keys: PairKeys, _ part: TilePart,
      into scores: UnsafeMutablePointer<Float>
    ) {
      let (pairs, q, stride) = ((tile.dim + 1) / 2, UnsafePointer(tile.queries), keys.keyStride)
      let (count, scale) = (part.count, part.call.scale)
      var j = 0
      while j + 8 <= count {
        AttentionPairTile<8, NV, A8>.scores(
          pairs, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
          into: scores + j * width)
        part.ahead.ask(j, 8, of: count)
        j += 8
      }
      if j + 4 <= count {
        AttentionPairTile<4, NV, A4>.scores(
          pairs, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
          into: scores + j * width)
        part.ahead.ask(j, 4, of: count)
        j += 4
      }
      if j + 2 <= count {
        AttentionPairTile<2, NV, A2>.scores(
          pairs, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
          into: scores + j * width)
        j += 2
      }
      if j < count {
        AttentionPairTile<1, NV, NV>.scores(
          pairs, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
          into: scores + j * width)
      }
    }

    /// S becomes P in pairs of rows, each pair where its first row was or before; an odd last key gets a partner of no weight.
    @inline(__always)
    private static func softmax(
      _ tile: LaneTile, _ scores: UnsafeMutablePointer<Float>, _ count: Int
    ) {
      let end = scores + count * width
      var tops: InlineArray<NV, FloatVector> = zeros()
      for v in 0..<NV { tops[v] = loadVector(tile.top + v * lanes) }
      var row = scores
      while row < end {
        for v in 0..<NV { tops[v] = larger(tops[v], loadVector(row + v * lanes)) }
        row += width
      }
      let none = FloatVector(repeating: -.infinity)
      for v in 0..<NV where count & 1 == 1 { storeVector(none, end + v * lanes) }
      for v in 0..<NV {
        let decay = exp2(loadVector(tile.top + v * lanes) - tops[v])
        storeVector(decay, tile.scores + v * lanes)
        storeVector(tops[v], tile.top + v * lanes)
        var sum = decay * loadVector(tile.sum + v * lanes)
        var (column, pair) = (scores + v * lanes, scores + v * lanes)
        while column < end {
          let even = shortExp2(loadVector(column) - tops[v])
          let odd = shortExp2(loadVector(column + width) - tops[v])
          storeVector(CIntrinsics_roundPairs(even, odd), pair)
          sum += even + odd
          column += 2 * width
          pair += width
        }
        storeVector(sum, tile.sum + v * lanes)
      }
    }

    @inline(__always)
    private static func addValues(
      _ tile: LaneTile, _ keys: PairKeys, _ pairs: Int, _ weights: UnsafeMutablePointer<Float>
    ) {
      let (p, decay) = (UnsafePointer(weights), UnsafePointer(tile.scores))
      let (v, stride) = (keys.values, keys.valueStride)
      var d = 0
      while d + 8 <= tile.dim {
        AttentionPairTile<8, NV, A8>.values(
          pairs, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
          into: tile.outputs + d * width)
        d += 8
      }
      if d + 4 <= tile.dim {
        AttentionPairTile<4, NV, A4>.values(
          pairs, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
          into: tile.outputs + d * width)
        d += 4
      }
      if d + 2 <= tile.dim {
        AttentionPairTile<2, NV, A2>.values(
          pairs, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
          into: tile.outputs + d * width)
        d += 2
      }
      if d < tile.dim {
        AttentionPairTile<1, NV, NV>.values(
          pairs, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
          into: tile.outputs + d * width)
      }
    }
  }
#endif
