// Attention+DecodeLayout.swift: where decoding keeps its queries, scores and outputs, and which keys it meets together.

/// Where decoding keeps what in its workspace, in floats.
struct DecodeLayout {
  /// Query rows that share a cache: query heads of a group times queries.
  let rows: Int
  let parts: Int
  /// A row of queries or outputs, in whole vectors, also of pairs.
  let width: Int
  /// A row of scores.
  let scoreWidth: Int
  private let caches: Int
  private let threads: Int

  init(_ call: AttentionCall, _ decoding: Decoding, threads: Int) {
    rows = call.group * call.lq
    parts = decoding.parts(call, threads: threads)
    width = roundUp(max(call.dim, 1), 32)
    scoreWidth = decoding.keyTile
    caches = call.batch * call.kvHeads
    self.threads = threads
  }

  /// Outputs, maxima and sums of all rows for one part.
  var slotFloats: Int { roundUp(rows * (width + 2), 16) }
  /// Scales of words: those of a row.
  var factorStride: Int { scoreWidth / wordBlock + 1 }
  /// Queries, scores, a slot, two lines of scales, and scales of words.
  var threadFloats: Int {
    roundUp(rows * (width + scoreWidth), 16) + slotFloats + 2 * scoreWidth
      + roundUp(rows * factorStride, 16)
  }
  var floats: Int { threads * threadFloats + (parts > 1 ? caches * parts * slotFloats : 0) }

  func slot(_ slots: UnsafeMutablePointer<Float>, _ index: Int) -> DecodeSlot {
    DecodeSlot(slots + index * slotFloats, rows: rows, width: width)
  }
}

/// The outcome of one part: for each row an output that is not normalised, the largest logit and the sum.
struct DecodeSlot {
  let outputs: UnsafeMutablePointer<Float>
  let tops: UnsafeMutablePointer<Float>
  let sums: UnsafeMutablePointer<Float>

  init(_ base: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    outputs = base
    tops = base + rows * width
    sums = tops + rows
  }
}

/// Some keys of a cache that are met together: keys `key ..< key + count` of those below `end`, by `rows` query rows.
struct CacheTile {
  let s: Sequence
  let h: Int
  let rows: Int
  let key: Int
  let count: Int
  let end: Int
}
