// Attention+KeyRows.swift: the inner loops of decoding: key or value rows against a few query rows, all read along the row.
//
// Rows of the cache are read one after the other, from end to end, so that the core's own prefetchers see one stream: four
// rows at a time side by side reached half of the memory's bandwidth, whatever was asked for ahead (software prefetching has as
// many requests under way as the first cache level has buffers, the prefetchers have more).
//
//   scores    sums[r][c] += queries[r] · key c       c = 0 … 3, key by key; queries come from the first cache level
//   values    outputs[r] += weight[r][j] · value j   outputs of a chunk of columns stay in registers for a block of keys

import CIntrinsics

/// Four rows of K. Past the last key the last one is repeated; what comes of it is masked.
struct FourRows {
  let row0: UnsafeRawPointer
  let row1: UnsafeRawPointer
  let row2: UnsafeRawPointer
  let row3: UnsafeRawPointer

  /// Keys j … j + 3 of those below `end`.
  @inline(__always)
  init(_ call: AttentionCall, _ rows: HeadRows, _ s: Sequence, _ h: Int, _ j: Int, end: Int) {
    row0 = call.row(rows, s, h, j)
    if j + 4 <= end && call.run(j) >= 4 {
      row1 = row0 + rows.rowStride
      row2 = row1 + rows.rowStride
      row3 = row2 + rows.rowStride
    } else {
      row1 = call.row(rows, s, h, min(j + 1, end - 1))
      row2 = call.row(rows, s, h, min(j + 2, end - 1))
      row3 = call.row(rows, s, h, min(j + 3, end - 1))
    }
  }
}

/// RB query rows against four key rows of a format. SUMS = 4 RB.
enum KeyRows<let RB: Int, let SUMS: Int> {
  typealias Sums = InlineArray<SUMS, FloatVector>

  /// scores[r][0..<4] = queries[r] · keys. Queries are padded with zeros to whole vectors, keys are not.
  @inline(__always)
  static func scores<F: HeadFormat>(
    _ format: F.Type, _ dim: Int, _ keys: FourRows, _ queries: UnsafePointer<Float>,
    _ queryStride: Int, into scores: UnsafeMutablePointer<Float>, _ scoreStride: Int
  ) {
    var sums: Sums = zeros()
    add(F.self, dim, keys.row0, 0, queries, queryStride, &sums)
    add(F.self, dim, keys.row1, 1, queries, queryStride, &sums)
    add(F.self, dim, keys.row2, 2, queries, queryStride, &sums)
    add(F.self, dim, keys.row3, 3, queries, queryStride, &sums)
    storeSums(sums, scale: 1, into: scores, scoreStride)
  }

  /// The products of one key.
  @inline(__always)
  private static func add<F: HeadFormat>(
    _ format: F.Type, _ dim: Int, _ key: UnsafeRawPointer, _ c: Int,
    _ queries: UnsafePointer<Float>, _ stride: Int, _ sums: inout Sums
  ) {
    var d = 0
    while d + 4 * lanes <= dim {
      for u in 0..<4 {
        add(F.load(key, d + u * lanes), c, queries + d + u * lanes, stride, &sums)
      }
      d += 4 * lanes
    }
    while d + lanes <= dim {
      add(F.load(key, d), c, queries + d, stride, &sums)
      d += lanes
    }
    if d < dim {
      add(F.loadPartial(key, d, count: dim - d), c, queries + d, stride, &sums)
    }
  }

  @inline(__always)
  private static func add(
    _ key: FloatVector, _ c: Int, _ queries: UnsafePointer<Float>, _ stride: Int,
    _ sums: inout Sums
  ) {
    for r in 0..<RB {
      sums[4 * r + c] = multiplyAdd(sums[4 * r + c], loadVector(queries + r * stride), key)
    }
  }

  /// scores[r][0..<4] = scale times the sums of the lanes of sums[4 r ..< 4 r + 4].
  @inline(__always)
  static func storeSums(
    _ sums: Sums, scale: Float, into scores: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    #if HONE_LANES_16
      // Quarters of the keys' sums side by side, four keys in each quarter.
      var quarters: InlineArray<RB, FloatVector> = zeros()
      for r in 0..<RB {
        quarters[r] = CIntrinsics_sumQuarters(
          sums[4 * r], sums[4 * r + 1], sums[4 * r + 2], sums[4 * r + 3])
      }
      guard RB == 4 else {
        for r in 0..<RB {
          let halves = quarters[r].lowHalf + quarters[r].highHalf
          store((halves.lowHalf + halves.highHalf) * scale, scores + r * stride)
        }
        return
      }
      let all = CIntrinsics_addQuarters(quarters[0], quarters[1], quarters[2], quarters[3])
      store(all.lowHalf.lowHalf * scale, scores)
      store(all.lowHalf.highHalf * scale, scores + stride)
      store(all.highHalf.lowHalf * scale, scores + 2 * stride)
      store(all.highHalf.highHalf * scale, scores + 3 * stride)
    #else
      for r in 0..<RB {
        let four = sumEach(sums[4 * r], sums[4 * r + 1], sums[4 * r + 2], sums[4 * r + 3])
        store(four * scale, scores + r * stride)
      }
    #endif
  }

  @inline(__always)
  private static func store(_ four: SIMD4<Float>, _ scores: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(scores).storeBytes(of: four, as: SIMD4<Float>.self)
  }
}

/// Some rows of V that lie one stride apart, their weights, and the outputs that they are added to.
struct ValueBlock {
  let first: UnsafeRawPointer
  let stride: Int
  let count: Int
  let dim: Int
  /// For each output row one weight for each row of V.
  let weights: UnsafePointer<Float>
  let weightStride: Int
  let outputs: UnsafeMutablePointer<Float>
  let outputStride: Int
}

/// RB output rows and NV vectors of columns: SUMS = RB NV.
enum ValueRows<let RB: Int, let NV: Int, let SUMS: Int> {
  /// outputs[r ..< r + RB] += weights · values: NV vectors of columns at a time, then one.
  @inline(__always)
  static func add<F: HeadFormat>(_ format: F.Type, _ block: ValueBlock, _ r: Int) {
    var d = 0
    while d + NV * lanes <= block.dim {
      addColumns(F.self, block, r, d, isWhole: true)
      d += NV * lanes
    }
    while d < block.dim {
      let isWhole = d + lanes <= block.dim
      ValueRows<RB, 1, RB>.addColumns(F.self, block, r, d, isWhole: isWhole)
      d += lanes
    }
  }

  @inline(__always)
  private static func addColumns<F: HeadFormat>(
    _ format: F.Type, _ block: ValueBlock, _ r: Int, _ d: Int, isWhole: Bool
  ) {
    var sums: InlineArray<SUMS, FloatVector> = zeros()
    let outputs = block.outputs + r * block.outputStride + d
    let weights = block.weights + r * block.weightStride
    for i in 0..<RB {
      for v in 0..<NV {
        sums[i * NV + v] = loadVector(outputs + i * block.outputStride + v * lanes)
      }
    }
    var value = block.first
    for j in 0..<block.count {
      var factors: InlineArray<RB, FloatVector> = zeros()
      for i in 0..<RB {
        factors[i] = FloatVector(repeating: weights[i * block.weightStride + j])
      }
      for v in 0..<NV {
        let x =
          isWhole
          ? F.load(value, d + v * lanes) : F.loadPartial(value, d, count: block.dim - d)
        for i in 0..<RB { sums[i * NV + v] = multiplyAdd(sums[i * NV + v], factors[i], x) }
      }
      value += block.stride
    }
    for i in 0..<RB {
      for v in 0..<NV {
        storeVector(sums[i * NV + v], outputs + i * block.outputStride + v * lanes)
      }
    }
  }
}

/// The sums of the lanes of four vectors.
@inline(__always)
func sumEach(
  _ a: FloatVector, _ b: FloatVector, _ c: FloatVector, _ d: FloatVector
) -> SIMD4<Float> {
  let ab = SIMD8<Float>(lowHalf: fold(a), highHalf: fold(b))
  let cd = SIMD8<Float>(lowHalf: fold(c), highHalf: fold(d))
  let pairs = SIMD8<Float>(
    lowHalf: ab.evenHalf + ab.oddHalf, highHalf: cd.evenHalf + cd.oddHalf)
  return pairs.evenHalf + pairs.oddHalf
}
