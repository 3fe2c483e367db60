// Attention+QueryBlock.swift: one block of queries of one head, from loading the queries to writing their outputs.

import CHoneKernel
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
  /// Keys and values that are not read in place.
  let copies: UnsafeMutablePointer<Float>
  /// Eight rows of Q or O as floats, where they are stored in fewer bits.
  private let eightRows: UnsafeMutablePointer<Float>

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
    eightRows = scores + (tiling.keyTile + 1) * queryTileUnit
    copies = eightRows + tiling.eightRows(call)
  }

  func attend(_ this: BlockPlace, next: BlockPlace) {
    meet(FloatProducts.self, this, next: next, load: load, keyTile: keyTile)
  }

  /// The loops: loads the queries of a block, meets each of them with each tile of keys that it sees some of, writes the outputs.
  @inline(__always)
  func meet<P: LaneProducts>(
    _ products: P.Type, _ this: BlockPlace, next: BlockPlace,
    load: (LaneTile, _ width: Int, TilePart) -> Void,
    keyTile: (Sequence, _ h: Int, _ key: Int, _ count: Int) -> KeyTile
  ) {
    let (b, h) = this.head.quotientAndRemainder(dividingBy: call.heads)
    let s = call.sequence(b)
    let first = this.block * tiling.queryTile
    let count = min(tiling.queryTile, s.queries - first)
    guard count > 0 else { return }
    let seen = s.visible(first + count - 1)
    func part(_ start: Int, _ width: Int, _ key: Int, _ keys: Int) -> TilePart {
      TilePart(
        call: call, s: s, h: h, query: first + start, queries: min(width, count - start), key: key,
        count: keys, ahead: AheadRows())
    }
    forEachTile(count) { start, width in
      clear(tile(start), width)
      load(tile(start), width, part(start, width, 0, 0))
    }
    var key = s.first(first)
    while key < seen {
      let keys = keyTile(s, h / call.group, key, min(tiling.keyTile, seen - key))
      forEachTile(count) { start, width in
        if tiling.prefetch.keys { askAhead(s, h, key, seen, part: start, of: count, width) }
        let last = min(start + width, count) - 1
        // Only the keys that the tile's last query sees; the others are masked where they see fewer.
        let most = min(tiling.keyTile, s.visible(first + last) - key)
        if most > 0 && key + most > s.first(first + start) {
          var part = part(start, width, key, most)
          if tiling.prefetch.rows && key + tiling.keyTile >= seen {
            part.ahead = ahead(part, next, start, width)
          }
          P.attend(tile(start), width, keys, part, isShort: tiling.isShort)
        }
      }
      key += tiling.keyTile
    }
    forEachTile(count) { start, width in
      finish(tile(start), width, count: min(width, count - start), s, h, first + start)
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

  // MARK: Keys and values

  private func keyTile(_ s: Sequence, _ h: Int, _ key: Int, _ count: Int) -> KeyTile {
    let stride = tiling.packedStride(call.dim)
    let copiesAll = call.needsCopies
    var copy = copies
    func rows(
      _ rows: HeadRows, _ scales: UnsafePointer<Float>?, copied: Bool
    ) -> (UnsafeRawPointer, Int) {
      guard copied || copiesAll else {
        return (UnsafeRawPointer(rows.row(s.batch, h, s.firstKey + key)), rows.rowStride)
      }
      defer { copy += tiling.keyTile * stride }
      for j in 0..<count {
        let factor = call.scale(scales, s, h, key + j)
        rows.element.widen(
          call.row(rows, s, h, key + j), call.dim, times: factor, into: copy + j * stride)
      }
      return (UnsafeRawPointer(copy), 4 * stride)
    }
    let keys = rows(call.k, call.p.k_scales, copied: tiling.packsKeys)
    let values = rows(call.v, call.p.v_scales, copied: tiling.packsValues)
    return KeyTile(keys: keys.0, keyStride: keys.1, values: values.0, valueStride: values.1)
  }

  // MARK: Queries and outputs

  /// Up to eight rows of queries as floats, and the floats between them.
  private func floatRows(
    _ s: Sequence, _ h: Int, _ i: Int, count: Int
  ) -> (UnsafePointer<Float>, Int) {
    guard call.q.element != .f32 else {
      return (
        UnsafePointer(call.q.floats(s.batch, h, s.firstQuery + i)), call.q.floatStride
      )
    }
    let width = roundUp(call.dim, lanes)
    for r in 0..<count {
      call.q.element.widen(
        call.queryRow(call.q, s, h, i + r), call.dim, times: 1, into: eightRows + r * width)
    }
    return (UnsafePointer(eightRows), width)
  }

  /// No key met yet.
  private func clear(_ tile: LaneTile, _ width: Int) {
    for lane in 0..<width {
      tile.top[lane] = lowest
      tile.sum[lane] = 0
    }
    for element in 0..<call.dim * width { tile.outputs[element] = 0 }
  }

  /// Scaled queries to their lanes; the lanes beyond the last get zeros.
  private func load(_ tile: LaneTile, _ width: Int, _ part: TilePart) {
    let count = part.queries
    var lane = 0
    while lane < count {
      let many = min(8, count - lane)
      let (rows, stride) = floatRows(part.s, part.h, part.query + lane, count: many)
      var d = 0
      while many == 8 && d + 8 <= call.dim {
        _ = turnProducts8(
          rows + d, stride, SIMD8(repeating: call.scale), tile.queries + d * width + lane, width)
        d += 8
      }
      while d < call.dim {
        for r in 0..<many {
          tile.queries[d * width + lane + r] = rows[r * stride + d] * call.scale
        }
        d += 1
      }
      lane += many
    }
    while lane < width {
      for d in 0..<call.dim { tile.queries[d * width + lane] = 0 }
      lane += 1
    }
  }

  /// The output rows of a part's queries, and as many queries of the next block.
  private func ahead(
    _ part: TilePart, _ next: BlockPlace, _ start: Int, _ width: Int
  ) -> AheadRows {
    let (b, h) = next.head.quotientAndRemainder(dividingBy: call.heads)
    let s = call.sequence(b)
    let first = next.block * tiling.queryTile + start
    return AheadRows(
      outputs: call.queryRow(call.o, part.s, part.h, part.query), outputRows: part.queries,
      queries: call.queryRow(call.q, s, h, first),
      queryRows: max(0, min(width, s.queries - first)), outputStride: call.o.rowStride,
      queryStride: call.q.rowStride, bytes: call.dim * call.q.element.bytes)
  }

  /// Asks for K and V of the key tile after the one that begins at `key`: each lane tile of a block for its share.
  private func askAhead(
    _ s: Sequence, _ h: Int, _ key: Int, _ seen: Int, part start: Int, of count: Int, _ width: Int
  ) {
    let (kvHead, bytes) = (h / call.group, call.dim * call.k.element.bytes)
    let next = key + tiling.keyTile
    let first = next + tiling.keyTile * start / count
    let last = min(seen, next + tiling.keyTile * min(start + width, count) / count)
    var j = first
    while j < last {
      let (k, v) = (call.row(call.k, s, kvHead, j), call.row(call.v, s, kvHead, j))
      var d = 0
      while d < bytes {
        CIntrinsics_prefetchL2(k + d)
        CIntrinsics_prefetchL2(v + d)
        d += 64
      }
      j += 1
    }
  }

  /// Outputs to their rows, divided by their sums. A row that is not finite is computed again by the definition: a NaN or an
  /// infinity of a key that another query of the tile sees may have come in, as 0 times it.
  private func finish(
    _ tile: LaneTile, _ width: Int, count: Int, _ s: Sequence, _ h: Int, _ i: Int
  ) {
    let isNarrow = call.o.element != .f32
    var lane = 0
    while lane < count {
      let many = min(8, count - lane)
      var inverse = SIMD8<Float>(repeating: 0)
      for r in 0..<many { inverse[r] = 1 / tile.sum[lane + r] }
      let rows =
        isNarrow ? eightRows : call.o.floats(s.batch, h, s.firstQuery + i + lane)
      let stride = isNarrow ? roundUp(call.dim, lanes) : call.o.floatStride
      let check = store(tile, width, lane, many, inverse, rows, stride)
      for r in 0..<many {
        let query = i + lane + r
        if check[r] == 0 && inverse[r] < .infinity {
          if isNarrow {
            call.o.element.narrow(
              rows + r * stride, call.dim, into: call.queryRow(call.o, s, h, query))
          }
          call.storeLse(
            call.logSumExp(top: tile.top[lane + r], sum: tile.sum[lane + r]), s, h, query)
        } else {
          call.attendRow(s, h, query)
        }
      }
      lane += many
    }
  }

  /// Up to eight outputs times `inverse` into rows.
  /// - Returns: 0 where all elements of a row are finite, else NaN.
  private func store(
    _ tile: LaneTile, _ width: Int, _ lane: Int, _ many: Int, _ inverse: SIMD8<Float>,
    _ rows: UnsafeMutablePointer<Float>, _ stride: Int
  ) -> SIMD8<Float> {
    var check = SIMD8<Float>(repeating: 0)
    var d = 0
    while many == 8 && d + 8 <= call.dim {
      check += turnProducts8(tile.outputs + d * width + lane, width, inverse, rows + d, stride)
      d += 8
    }
    while d < call.dim {
      for r in 0..<many {
        let value = tile.outputs[d * width + lane + r] * inverse[r]
        check[r] += value * 0
        rows[r * stride + d] = value
      }
      d += 1
    }
    return check
  }
}
