// Attention+Decode.swift: the entry points of decoding, for all element types: few queries against a long cache.

import CHoneKernel
import CIntrinsics

// Idea: with one or a few queries the work is reading the cache. All rows (query heads of a group times queries) that share a
// key/value head meet each key together, so K and V come from memory once. Vectors lie along the head size. Where there are
// fewer caches (batch x kv_heads) than threads, the keys are cut into `key_splits` parts ("flash decoding", Dao et al.,
// 2023); each part keeps its own maximum, sum and output, and they are merged in the order of the parts: the result depends
// on the number of parts, not on which thread was first.
//
//   for each batch, key/value head, part of the keys          (shared by the threads)
//     for each tile of key_tile keys
//       for 4 keys: scores of all rows        K: 4 streams
//       softmax of each row                   in L1
//       for 4 keys: outputs of all rows       V: 4 streams
//   meet; for each row: merge its parts       (shared by the threads)

/// Parameters in the order of the catalogue.
struct Decoding {
  let keyTile: Int
  let splits: Int
  let distance: Int
  let leadLines: Int

  init?(_ parameters: UnsafePointer<Int64>?) {
    guard let p = parameters, 16...2048 ~= p[0], 0...64 ~= p[1], 0...64 ~= p[2],
      0...16 ~= p[3]
    else { return nil }
    (keyTile, splits) = (roundUp(Int(p[0]), 16), Int(p[1]))
    (distance, leadLines) = (Int(p[2]), Int(p[3]))
  }

  /// Parts that the keys are cut into; 0 asks for as many as give each thread one.
  func parts(_ call: AttentionCall, threads: Int) -> Int {
    let caches = max(1, call.batch * call.kvHeads)
    let wanted = splits > 0 ? splits : (threads + caches - 1) / caches
    return max(1, min(wanted, (call.lk + 15) / 16))
  }
}

enum DecodeAttention<T: AttentionTypes> {
  static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
    guard Decoding(parameters) != nil else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let answer = checkAttention(problem, T.Cache.element)
    guard answer == HONE_KERNEL_OK, let problem else { return answer }
    // More queries than this fill the lanes of the tiled variant.
    let queries = problem.assumingMemoryBound(to: hone_attention.self).pointee.lq
    let pays = queries <= 16 && (!T.Cache.isPaired || pairsPay)
    return Int32(pays ? HONE_KERNEL_OK : HONE_KERNEL_UNPROFITABLE)
  }

  static func workspace(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
  ) -> Int64 {
    guard let decoding = Decoding(parameters), let call = AttentionCall(sizes: problem, T.self)
    else { return 0 }
    let layout = DecodeLayout(call, decoding, threads: Int(threads))
    return Int64(layout.floats * MemoryLayout<Float>.size)
  }

  static func run(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    guard let decoding = Decoding(parameters), let call = AttentionCall(problem, team, T.self),
      let team = team?.pointee
    else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    guard call.batch * call.heads * call.lq > 0 else { return Int32(HONE_KERNEL_OK) }
    guard let workspace else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let threads = Int(team.count)
    let layout = DecodeLayout(call, decoding, threads: threads)
    let base = workspace.assumingMemoryBound(to: Float.self)
    let own = CacheReader<T.Cache>(
      call, decoding, layout, base + Int(team.index) * layout.threadFloats)
    readShare(own, call, layout, base + threads * layout.threadFloats, team)
    return Int32(HONE_KERNEL_OK)
  }

  /// This thread's caches, or its parts of them and then its rows to merge.
  private static func readShare(
    _ own: CacheReader<T.Cache>, _ call: AttentionCall, _ layout: DecodeLayout,
    _ slots: UnsafeMutablePointer<Float>, _ team: hone_kernel_team
  ) {
    let (index, threads, parts) = (Int(team.index), Int(team.count), layout.parts)
    let caches = call.batch * call.kvHeads
    for item in share(of: caches * parts, unit: 1, index: index, count: threads) {
      let (cache, part) = item.quotientAndRemainder(dividingBy: parts)
      let slot = parts == 1 ? own.ownSlot : layout.slot(slots, item)
      own.read(cache: cache, part: part, into: slot)
      if parts == 1 { own.finish(cache: cache, slot, rows: 0..<own.rows(cache: cache), parts: 1) }
    }
    guard parts > 1 else { return }
    if threads > 1, let barrier = team.barrier { barrier(team.context) }
    let merges = caches * layout.rows
    for merge in share(of: merges, unit: 1, index: index, count: threads) {
      let (cache, row) = merge.quotientAndRemainder(dividingBy: layout.rows)
      guard row < own.rows(cache: cache) else { continue }
      let first = layout.slot(slots, cache * parts)
      own.finish(cache: cache, first, rows: row..<row + 1, parts: parts)
    }
  }
}

/// Products of pairs are faster than those of floats, where a build has them.
private var pairsPay: Bool {
  #if HONE_BF16
    return CIntrinsics_pairsAreFast() != 0
  #else
    return false
  #endif
}
