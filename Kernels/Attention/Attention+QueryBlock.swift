// Attention+QueryBlock.swift: one block of queries of one head, from loading the queries to writing their outputs.

import CIntrinsics

/// A thread's buffers for a block of queries. Lane tiles of `queryTileUnit` queries lie one after the other; the last one may
/// be narrower, in whole vectors.
struct QueryBlock {
  let call: AttentionCall
  let tiling: AttentionTiling
  private let queries: UnsafeMutablePointer<Float>
  private let outputs: UnsafeMutablePointer<Float>
  private let tops: UnsafeMutablePointer<Float>
  private let sums: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>
  private let copies: UnsafeMutablePointer<Float>

  init(
    _ call: AttentionCall, _ tiling: AttentionTiling, _ workspace: UnsafeMutablePointer<Float>
  ) {
    self.call = call
    self.tiling = tiling
    let rows = roundUp(tiling.queryTile, lanes)
    queries = workspace
    outputs = queries + rows * call.dim
    tops = outputs + rows * call.dim
    sums = tops + rows
    scores = sums + rows
    copies = scores + (tiling.keyTile + 1) * queryTileUnit
  }

  func attend(head: Int, block: Int) {
    let (b, h) = head.quotientAndRemainder(dividingBy: call.heads)
    let first = block * tiling.queryTile
    let count = min(tiling.queryTile, call.lq - first)
    let seen = call.visible(first + count - 1)
    forEachTile(count) { start, width in
      load(tile(start), width, count: min(width, count - start), b, h, first + start)
    }
    var key = 0
    while key < seen {
      let keys = keyTile(b, h / call.group, key, count: min(tiling.keyTile, seen - key))
      forEachTile(count) { start, width in
        let last = min(start + width, count) - 1
        // Only the keys that the tile's last query sees; the others are masked where they see fewer.
        let most = min(tiling.keyTile, call.visible(first + last) - key)
        if most > 0 { attend(tile(start), width, keys, most, seen: first + start, key) }
      }
      key += tiling.keyTile
    }
    forEachTile(count) { start, width in
      finish(tile(start), width, count: min(width, count - start), b, h, first + start)
    }
  }

  @inline(__always)
  private func forEachTile(_ count: Int, _ body: (_ start: Int, _ width: Int) -> Void) {
    var start = 0
    while start < count {
      let width = min(queryTileUnit, roundUp(count - start, lanes))
      body(start, width)
      start += width
    }
  }

  private func tile(_ start: Int) -> LaneTile {
    LaneTile(
      queries: queries + start * call.dim, outputs: outputs + start * call.dim, top: tops + start,
      sum: sums + start, scores: scores, dim: call.dim)
  }

  /// - Parameter query: the first query of the lane tile.
  private func attend(
    _ tile: LaneTile, _ width: Int, _ keys: KeyTile, _ count: Int, seen query: Int, _ key: Int
  ) {
    let isMasked = call.visible(query) < key + count
    let seen = call.firstHidden(query) - key
    switch width / lanes {
    case 1:
      LaneSteps<1, 2, 4, 8>.attend(tile, keys, count: count, seen: seen, isMasked: isMasked)
    case 2:
      LaneSteps<2, 4, 8, 16>.attend(tile, keys, count: count, seen: seen, isMasked: isMasked)
    default:
      #if HONE_FMA
        LaneSteps<3, 6, 12, 24>.attend(tile, keys, count: count, seen: seen, isMasked: isMasked)
      #endif
    }
  }

  // MARK: Keys and values

  private func keyTile(_ b: Int, _ h: Int, _ key: Int, count: Int) -> KeyTile {
    let stride = tiling.packedStride(call.dim)
    var tile = KeyTile(
      keys: call.k.row(b, h, key), keyStride: call.k.rowStride, values: call.v.row(b, h, key),
      valueStride: call.v.rowStride)
    var copy = copies
    if tiling.packsKeys {
      copyRows(tile.keys, tile.keyStride, count, into: copy)
      (tile.keys, tile.keyStride) = (UnsafePointer(copy), stride)
      copy += tiling.keyTile * stride
    }
    if tiling.packsValues {
      copyRows(tile.values, tile.valueStride, count, into: copy)
      (tile.values, tile.valueStride) = (UnsafePointer(copy), stride)
    }
    return tile
  }

  private func copyRows(
    _ rows: UnsafePointer<Float>, _ stride: Int, _ count: Int,
    into copy: UnsafeMutablePointer<Float>
  ) {
    let packed = tiling.packedStride(call.dim)
    for j in 0..<count {
      let (row, target) = (rows + j * stride, copy + j * packed)
      var d = 0
      while d + lanes <= call.dim {
        storeVector(loadVector(row + d), target + d)
        d += lanes
      }
      while d < call.dim {
        target[d] = row[d]
        d += 1
      }
    }
  }

  // MARK: Queries and outputs

  /// Scaled queries to their lanes; the lanes beyond `count` get zeros.
  private func load(_ tile: LaneTile, _ width: Int, count: Int, _ b: Int, _ h: Int, _ i: Int) {
    for lane in 0..<width {
      tile.top[lane] = lowest
      tile.sum[lane] = 0
    }
    for element in 0..<call.dim * width { tile.outputs[element] = 0 }
    askAhead(b, h, i, count: count)
    let rows = call.q.row(b, h, i)
    let stride = call.q.rowStride
    var lane = 0
    while lane + 4 <= count {
      let row = rows + lane * stride
      var d = 0
      while d + 4 <= call.dim {
        Square(row + d, stride).transposed(times: call.scale).store(
          tile.queries + d * width + lane, width)
        d += 4
      }
      while d < call.dim {
        for r in 0..<4 { tile.queries[d * width + lane + r] = row[r * stride + d] * call.scale }
        d += 1
      }
      lane += 4
    }
    while lane < width {
      for d in 0..<call.dim {
        tile.queries[d * width + lane] =
          lane < count ? rows[lane * stride + d] * call.scale : 0
      }
      lane += 1
    }
  }

  /// Asks for the output rows of these queries and for the queries of the next block. With few keys a third of the time
  /// would go to waiting for them: rows are short and far apart where heads are interleaved.
  private func askAhead(_ b: Int, _ h: Int, _ i: Int, count: Int) {
    for lane in 0..<count {
      let next = min(i + lane + tiling.queryTile, call.lq - 1)
      let (query, output) = (call.q.row(b, h, next), call.o.row(b, h, i + lane))
      var d = 0
      while d < call.dim {
        CIntrinsics_prefetchL2(query + d)
        CIntrinsics_prefetchL2(output + d)
        d += 16
      }
    }
  }

  /// Outputs to their rows, divided by their sums. A row that is not finite is computed again by the definition: a NaN or an
  /// infinity of a key that another query of the tile sees may have come in, as 0 times it.
  private func finish(_ tile: LaneTile, _ width: Int, count: Int, _ b: Int, _ h: Int, _ i: Int) {
    let rows = call.o.row(b, h, i)
    let stride = call.o.rowStride
    var lane = 0
    while lane < count {
      let many = min(4, count - lane)
      var inverse = SIMD4<Float>(repeating: 0)
      for r in 0..<many { inverse[r] = 1 / tile.sum[lane + r] }
      var isFinite = SIMD4<Float>(repeating: 0)
      var d = 0
      while d + 4 <= call.dim && many == 4 {
        let square = Square(tile.outputs + d * width + lane, width).times(inverse)
        isFinite += square.row0 * 0 + square.row1 * 0 + square.row2 * 0 + square.row3 * 0
        square.transposed(times: 1).store(rows + lane * stride + d, stride)
        d += 4
      }
      while d < call.dim {
        for r in 0..<many {
          let value = tile.outputs[d * width + lane + r] * inverse[r]
          isFinite[r] += value * 0
          rows[(lane + r) * stride + d] = value
        }
        d += 1
      }
      for r in 0..<many {
        if isFinite[r] == 0 && inverse[r] < .infinity {
          call.storeLse(
            call.logSumExp(top: tile.top[lane + r], sum: tile.sum[lane + r]), b, h, i + lane + r)
        } else {
          call.attendRow(b, h, i + lane + r)
        }
      }
      lane += many
    }
  }
}

/// Four rows of four floats.
struct Square {
  var row0: SIMD4<Float>
  var row1: SIMD4<Float>
  var row2: SIMD4<Float>
  var row3: SIMD4<Float>

  @inline(__always)
  init(_ p: UnsafePointer<Float>, _ stride: Int) {
    row0 = UnsafeRawPointer(p).loadUnaligned(as: SIMD4<Float>.self)
    row1 = UnsafeRawPointer(p + stride).loadUnaligned(as: SIMD4<Float>.self)
    row2 = UnsafeRawPointer(p + 2 * stride).loadUnaligned(as: SIMD4<Float>.self)
    row3 = UnsafeRawPointer(p + 3 * stride).loadUnaligned(as: SIMD4<Float>.self)
  }

  @inline(__always)
  func times(_ factors: SIMD4<Float>) -> Square {
    var result = self
    result.row0 *= factors
    result.row1 *= factors
    result.row2 *= factors
    result.row3 *= factors
    return result
  }

  @inline(__always)
  func transposed(times factor: Float) -> Square {
    let top = SIMD8<Float>(lowHalf: row0, highHalf: row1)
    let bottom = SIMD8<Float>(lowHalf: row2, highHalf: row3)
    let even = SIMD8<Float>(lowHalf: top.evenHalf, highHalf: bottom.evenHalf)
    let odd = SIMD8<Float>(lowHalf: top.oddHalf, highHalf: bottom.oddHalf)
    var result = self
    result.row0 = even.evenHalf * factor
    result.row1 = odd.evenHalf * factor
    result.row2 = even.oddHalf * factor
    result.row3 = odd.oddHalf * factor
    return result
  }

  @inline(__always)
  func store(_ p: UnsafeMutablePointer<Float>, _ stride: Int) {
    UnsafeMutableRawPointer(p).storeBytes(of: row0, as: SIMD4<Float>.self)
    UnsafeMutableRawPointer(p + stride).storeBytes(of: row1, as: SIMD4<Float>.self)
    UnsafeMutableRawPointer(p + 2 * stride).storeBytes(of: row2, as: SIMD4<Float>.self)
    UnsafeMutableRawPointer(p + 3 * stride).storeBytes(of: row3, as: SIMD4<Float>.self)
  }
}
