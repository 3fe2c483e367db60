// Attention+Lanes.swift: one step of the online softmax: NV vectors of queries against one tile of keys.

import CHoneKernel
import CIntrinsics

/// The buffers of one lane tile: up to `NV * lanes` queries side by side.
struct LaneTile {
  /// Q: dim rows of `width` scaled queries; O: dim rows of unnormalised outputs.
  let queries: UnsafeMutablePointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  /// For each query the largest logit so far, and the sum of the exponentials.
  let top: UnsafeMutablePointer<Float>
  let sum: UnsafeMutablePointer<Float>
  /// One row of decay factors and then S, a row for each key of a tile; shared by the tiles of a thread.
  let scores: UnsafeMutablePointer<Float>
  let dim: Int
}

/// Which logits a step computes: those of `queries` queries from `query` on, and `count` keys from `key` on.
struct TilePart {
  let call: AttentionCall
  let s: Sequence
  let h: Int
  let query: Int
  let queries: Int
  let key: Int
  let count: Int
  var ahead: AheadRows

  /// Some query does not see some of the keys.
  var isMasked: Bool {
    s.visible(query) < key + count || s.first(query + queries - 1) > key
  }
}

/// Rows of O and Q that are asked for while keys are met: with few keys a third of the time would go to waiting for them, and all at
/// once they would be more than the core can have under way.
struct AheadRows {
  var outputs = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
  var outputRows = 0
  var queries = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
  var queryRows = 0
  var outputStride = 0
  var queryStride = 0
  /// Of a row.
  var bytes = 0

  /// The share of keys j ..< j + step of `count`.
  @inline(__always)
  func ask(_ j: Int, _ step: Int, of count: Int) {
    guard outputRows + queryRows > 0 else { return }
    ask(outputs, outputStride, outputRows * j / count..<outputRows * (j + step) / count)
    ask(queries, queryStride, queryRows * j / count..<queryRows * (j + step) / count)
  }

  @inline(__always)
  private func ask(_ first: UnsafeRawPointer, _ stride: Int, _ rows: Range<Int>) {
    for r in rows {
      var byte = 0
      while byte < bytes {
        CIntrinsics_prefetchL2(first + r * stride + byte)
        byte += 64
      }
    }
  }
}

/// Rows of K and V for some keys, in place or copied; of pairs, V has two rows in one. Strides in bytes.
struct KeyTile {
  var keys: UnsafeRawPointer
  var keyStride: Int
  var values: UnsafeRawPointer
  var valueStride: Int
}

extension LaneProducts {
  /// Adds the keys of a key tile to `width` queries.
  static func attend(
    _ tile: LaneTile, _ width: Int, _ keys: KeyTile, _ part: TilePart, isShort: Bool
  ) {
    switch width / lanes {
    case 1: LaneSteps<Self, 1, 2, 4, 8>.attend(tile, keys, part, isShort: isShort)
    case 2: LaneSteps<Self, 2, 4, 8, 16>.attend(tile, keys, part, isShort: isShort)
    default:
      #if HONE_FMA
        LaneSteps<Self, 3, 6, 12, 24>.attend(tile, keys, part, isShort: isShort)
      #endif
    }
  }
}

/// The steps for NV vectors. A8, A4, A2 are 8 NV, 4 NV, 2 NV: the sums of tiles with 8, 4 and 2 rows.
enum LaneSteps<P: LaneProducts, let NV: Int, let A2: Int, let A4: Int, let A8: Int> {
  @inline(__always) static var width: Int { NV * lanes }

  /// Adds the keys of a key tile: K Q, what the options change, the mask, the softmax, V P.
  @inline(never)
  static func attend(_ tile: LaneTile, _ keys: KeyTile, _ part: TilePart, isShort: Bool) {
    let scores = tile.scores + width
    computeScores(tile, keys, part, into: scores)
    if !part.call.isPlain {
      part.call.changeColumns(
        scores, width: width, part.s, part.h, part.query, queries: part.queries, key: part.key,
        count: part.count)
    }
    if part.isMasked { mask(scores, part) }
    if isShort || P.depth == 2 {
      softmax(tile, scores, part.count, shortExp2)
    } else {
      softmax(tile, scores, part.count, exp2)
    }
    addValues(tile, keys, (part.count + P.depth - 1) / P.depth, scores)
  }

  @inline(__always)
  private static func computeScores(
    _ tile: LaneTile, _ keys: KeyTile, _ part: TilePart, into scores: UnsafeMutablePointer<Float>
  ) {
    let (depth, q, stride) = (
      (tile.dim + P.depth - 1) / P.depth, UnsafePointer(tile.queries), keys.keyStride
    )
    let (count, scale) = (part.count, part.call.scale)
    var j = 0
    #if HONE_REGISTERS_32
      while j + 8 <= count {
        AttentionTile<P, 8, NV, A8>.scores(
          depth, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
          into: scores + j * width)
        part.ahead.ask(j, 8, of: count)
        j += 8
      }
    #endif
    while j + 4 <= count {
      AttentionTile<P, 4, NV, A4>.scores(
        depth, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
        into: scores + j * width)
      part.ahead.ask(j, 4, of: count)
      j += 4
    }
    if j + 2 <= count {
      AttentionTile<P, 2, NV, A2>.scores(
        depth, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
        into: scores + j * width)
      j += 2
    }
    if j < count {
      AttentionTile<P, 1, NV, NV>.scores(
        depth, keys: keys.keys + j * stride, keyStride: stride, queries: q, scale: scale,
        into: scores + j * width)
    }
  }

  /// Hides keys from the queries that do not see them: key j from query i where it is not in first(i) ..< visible(i).
  @inline(__always)
  static func mask(_ scores: UnsafeMutablePointer<Float>, _ part: TilePart) {
    let seen = part.query + part.s.reach - part.key
    let from = part.query + part.s.back - part.key
    for v in 0..<NV {
      var limits = FloatVector(repeating: 0)
      var starts = limits
      for lane in 0..<lanes {
        limits[lane] = Float(seen + v * lanes + lane)
        starts[lane] = Float(from + v * lanes + lane)
      }
      hide(scores + v * lanes, max(0, seen)..<max(max(0, seen), part.count)) { $0 .>= limits }
      hide(scores + v * lanes, 0..<min(part.count, max(0, from + width))) { $0 .< starts }
    }
  }

  @inline(__always)
  private static func hide(
    _ scores: UnsafeMutablePointer<Float>, _ keys: Range<Int>,
    _ isHidden: (FloatVector) -> SIMDMask<FloatVector.MaskStorage>
  ) {
    var j = keys.lowerBound
    while j < keys.upperBound {
      let row = scores + j * width
      let hidden = isHidden(FloatVector(repeating: Float(j)))
      storeVector(loadVector(row).replacing(with: -.infinity, where: hidden), row)
      j += 1
    }
  }

  /// S becomes P, where it was or before; the maxima, sums and decay factors are brought up to date.
  @inline(__always)
  private static func softmax(
    _ tile: LaneTile, _ scores: UnsafeMutablePointer<Float>, _ count: Int,
    _ power: (FloatVector) -> FloatVector
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
    for v in 0..<NV where count % P.depth != 0 { storeVector(none, end + v * lanes) }
    for v in 0..<NV {
      let decay = exp2(loadVector(tile.top + v * lanes) - tops[v])
      storeVector(decay, tile.scores + v * lanes)
      storeVector(tops[v], tile.top + v * lanes)
      let sum = P.weigh(
        scores + v * lanes, end, width, tops[v], decay * loadVector(tile.sum + v * lanes), power)
      storeVector(sum, tile.sum + v * lanes)
    }
  }

  @inline(__always)
  private static func addValues(
    _ tile: LaneTile, _ keys: KeyTile, _ depth: Int, _ weights: UnsafeMutablePointer<Float>
  ) {
    let (p, decay) = (UnsafePointer(weights), UnsafePointer(tile.scores))
    let (v, stride) = (keys.values, keys.valueStride)
    var d = 0
    #if HONE_REGISTERS_32
      while d + 8 <= tile.dim {
        AttentionTile<P, 8, NV, A8>.values(
          depth, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
          into: tile.outputs + d * width)
        d += 8
      }
    #endif
    while d + 4 <= tile.dim {
      AttentionTile<P, 4, NV, A4>.values(
        depth, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
        into: tile.outputs + d * width)
      d += 4
    }
    if d + 2 <= tile.dim {
      AttentionTile<P, 2, NV, A2>.values(
        depth, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
        into: tile.outputs + d * width)
      d += 2
    }
    if d < tile.dim {
      AttentionTile<P, 1, NV, NV>.values(
        depth, values: v + 4 * d, valueStride: stride, weights: p, decay: decay,
        into: tile.outputs + d * width)
    }
  }
}
