// Attention+Tiled.swift: the entry points of tiled attention, for all element types: online softmax over tiles of keys.

import CHoneKernel

// Idea (Dao et al., "FlashAttention", 2022; Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018): the
// logits of a block of queries are computed for one tile of keys at a time; a running maximum and sum make the softmax
// exact whatever the order, so nothing of size lq x lk is ever stored.
//
//   for each batch, head, block of query_tile queries          (shared by the threads)
//     Q <- the block's queries, scaled, transposed: queries along the lanes
//     for each tile of key_tile keys that some query sees      (K and V copied where pack_k, pack_v: L2)
//       for each lane tile of NV vectors of queries            (Q and O of a lane tile: L1)
//         S <- K Q; mask the diagonal; P <- exp(S - max); O <- decay O + V P
//     write O / sum, transposed back
//
// Queries along the lanes make everything but two small transpositions vertical: maxima, sums and masks need no
// horizontal step, and K and V are read as they lie (see Attention+Tiles.swift).

/// Vectors of queries in a lane tile, for the sums of the register tile: 8 x 3 with 32 registers, 4 x 3 with 16, and 4 x 2
/// where a product needs registers too.
#if HONE_FMA
  private let widest = 3
#else
  private let widest = 2
#endif

/// The unit of query_tile: queries in a full lane tile.
var queryTileUnit: Int { widest * lanes }

/// What is asked for before it is needed; each includes those before it.
struct AttentionPrefetch {
  let rawValue: Int
  /// Rows of O, and of Q for the next block.
  var rows: Bool { rawValue >= 1 }
  /// K and V of the next key tile.
  var keys: Bool { rawValue >= 2 }
}

/// Parameters in the order of the catalogue.
struct AttentionTiling {
  let queryTile: Int
  let keyTile: Int
  let packsKeys: Bool
  let packsValues: Bool
  let takesHeads: Bool
  let prefetch: AttentionPrefetch
  /// Weights are powers of two within 2⁻¹⁸, not within a unit in the last place.
  let isShort: Bool

  init?(_ parameters: UnsafePointer<Int64>?) {
    guard let p = parameters, 1...Int64(8 * queryTileUnit) ~= p[0], 8...512 ~= p[1],
      0...1 ~= p[2], 0...1 ~= p[3], 0...1 ~= p[4], 0...2 ~= p[5], p[6] == 4 || p[6] == 6
    else { return nil }
    (queryTile, keyTile) = (Int(p[0]), Int(p[1]))
    (packsKeys, packsValues, takesHeads) = (p[2] == 1, p[3] == 1, p[4] == 1)
    (prefetch, isShort) = (AttentionPrefetch(rawValue: Int(p[5])), p[6] == 4)
  }

  /// Of a variant that always copies V, without `pack_v`.
  init?(pairs parameters: UnsafePointer<Int64>?) {
    guard let p = parameters, 1...Int64(8 * queryTileUnit) ~= p[0], 8...512 ~= p[1], p[1] & 1 == 0,
      0...1 ~= p[2], 0...1 ~= p[3], 0...2 ~= p[4]
    else { return nil }
    (queryTile, keyTile) = (Int(p[0]), Int(p[1]))
    (packsKeys, packsValues, takesHeads) = (p[2] == 1, true, p[3] == 1)
    (prefetch, isShort) = (AttentionPrefetch(rawValue: Int(p[4])), true)
  }

  /// Elements between copied rows: one line more than a row, so that rows do not meet in the same cache sets.
  func packedStride(_ dim: Int) -> Int { roundUp(dim, 16) + 16 }

  /// Floats for eight rows of Q or O.
  func eightRows(_ call: AttentionCall) -> Int {
    call.q.element == .f32 ? 0 : 8 * roundUp(call.dim, 16)
  }

  /// Floats that a block of queries takes: Q, O, maxima, sums, scores, eight rows.
  func blockFloats(_ call: AttentionCall) -> Int {
    let queries = roundUp(queryTile, lanes)
    let scores = (keyTile + 1) * queryTileUnit
    return roundUp(2 * queries * (call.dim + 2) + scores + eightRows(call), 16)
  }

  /// Floats of one thread's workspace, in whole cache lines.
  func floats(_ call: AttentionCall) -> Int {
    let copies = call.needsCopies ? 2 : (packsKeys ? 1 : 0) + (packsValues ? 1 : 0)
    return roundUp(blockFloats(call) + copies * keyTile * packedStride(call.dim), 16)
  }
}

enum TiledAttention<T: AttentionTypes> {
  static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
    AttentionTiling(parameters) == nil
      ? Int32(HONE_KERNEL_BAD_ARGUMENT) : checkAttention(problem, T.Cache.element)
  }

  static func workspace(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
  ) -> Int64 {
    guard let tiling = AttentionTiling(parameters),
      let call = AttentionCall(sizes: problem, T.self)
    else { return 0 }
    return Int64(tiling.floats(call) * MemoryLayout<Float>.size) * Int64(threads)
  }

  static func run(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    guard let tiling = AttentionTiling(parameters), let call = AttentionCall(problem, team, T.self),
      let team = team?.pointee, let workspace
    else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let own = tiling.floats(call) * Int(team.index)
    let block = QueryBlock(call, tiling, workspace.assumingMemoryBound(to: Float.self) + own)
    tiling.shareBlocks(call, team) { block.attend($0, next: $1) }
    return Int32(HONE_KERNEL_OK)
  }
}

extension AttentionTiling {
  /// This thread's blocks of queries, each with the one that it takes after it.
  @inline(__always)
  func shareBlocks(
    _ call: AttentionCall, _ team: hone_kernel_team,
    _ body: (_ this: BlockPlace, _ next: BlockPlace) -> Void
  ) {
    let (thread, threads) = (Int(team.index), Int(team.count))
    let blocks = (call.lq + queryTile - 1) / queryTile
    let heads = call.batch * call.heads
    guard blocks * heads > 0 else { return }
    if takesHeads {
      // Whole heads: K and V of a head stay in one core's cache.
      let own = share(of: heads, unit: 1, index: thread, count: threads)
      let end = own.upperBound * blocks
      for item in own.lowerBound * blocks..<end {
        body(BlockPlace(item, blocks), BlockPlace(min(item + 1, end - 1), blocks))
      }
      return
    }
    // Blocks go round the threads, back and forth: with a causal mask late blocks cost more, and each thread gets as many
    // late ones as early ones.
    func item(_ round: Int) -> Int {
      round * threads + (round & 1 == 0 ? thread : threads - 1 - thread)
    }
    var round = 0
    while item(round) < blocks * heads {
      let next = item(round + 1) < blocks * heads ? item(round + 1) : item(round)
      body(BlockPlace(item(round), blocks), BlockPlace(next, blocks))
      round += 1
    }
  }
}

/// A block of queries of one head.
struct BlockPlace {
  /// Batch times heads plus head.
  let head: Int
  let block: Int

  init(_ item: Int, _ blocks: Int) { (head, block) = item.quotientAndRemainder(dividingBy: blocks) }
}
