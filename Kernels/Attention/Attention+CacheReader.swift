// Attention+CacheReader.swift: decoding one part of one key/value cache for all rows that share it, and merging the parts.

import CHoneKernel
import CIntrinsics

/// Reads caches whose elements have the format F.
struct CacheReader<F: HeadFormat> {
  let call: AttentionCall
  let decoding: Decoding
  let layout: DecodeLayout
  let queries: UnsafeMutablePointer<Float>
  let scores: UnsafeMutablePointer<Float>
  /// A line of k's scales and one of v's.
  let keyScales: UnsafeMutablePointer<Float>
  /// Of the weights of each row as words: one for each block of them.
  let factors: UnsafeMutablePointer<Float>
  /// For problems that need no merging.
  let ownSlot: DecodeSlot
  /// Keys of a page of memory, as far as they lie in a row: a power of two.
  let leadKeys: Int

  init(
    _ call: AttentionCall, _ decoding: Decoding, _ layout: DecodeLayout,
    _ workspace: UnsafeMutablePointer<Float>
  ) {
    self.call = call
    self.decoding = decoding
    self.layout = layout
    leadKeys = pageKeys(call)
    queries = workspace
    scores = queries + layout.rows * layout.width
    let used = roundUp(layout.rows * (layout.width + layout.scoreWidth), 16)
    keyScales = workspace + used + layout.slotFloats
    factors = keyScales + 2 * layout.scoreWidth
    ownSlot = DecodeSlot(workspace + used, rows: layout.rows, width: layout.width)
  }

  /// The keys of one part of a cache against all rows that share it.
  func read(cache: Int, part: Int, into slot: DecodeSlot) {
    let (b, h) = cache.quotientAndRemainder(dividingBy: call.kvHeads)
    let s = call.sequence(b)
    let rows = call.group * s.queries
    guard rows > 0 else { return }
    load(s, h, rows, slot)
    // The first query sees the first keys, the last one the last.
    let (low, high) = (s.first(0), s.visible(s.queries - 1))
    let length = roundUp((max(0, high - low) + layout.parts - 1) / layout.parts, 4)
    let end = min(low + (part + 1) * length, high)
    var key = low + part * length
    while key < end {
      let count = min(decoding.keyTile, end - key)
      let tile = CacheTile(s: s, h: h, rows: rows, key: key, count: count, end: end)
      computeAnyScores(tile)
      load(call.p.k_scales, tile, 0)
      load(call.p.v_scales, tile, 1)
      for r in 0..<rows { softmax(r, tile, slot) }
      addAnyValues(tile, slot)
      key += count
    }
  }

  @inline(__always)
  private func computeAnyScores(_ tile: CacheTile) {
    if F.isWords || F.isPaired { computeDotScores(tile) } else { computeScores(tile) }
  }

  @inline(__always)
  private func addAnyValues(_ tile: CacheTile, _ slot: DecodeSlot) {
    if F.isWords { return addWordValues(tile, slot) }
    if F.isPaired { addPairValues(tile, slot) } else { addValues(tile, slot) }
  }

  /// Query row r: head `r / queries` of the group, query `r % queries`.
  private func load(_ s: Sequence, _ h: Int, _ rows: Int, _ slot: DecodeSlot) {
    for r in 0..<rows {
      let query = call.queryRow(call.q, s, h * call.group + r / s.queries, r % s.queries)
      let (copy, output) = (queries + r * layout.width, slot.outputs + r * layout.width)
      if F.isWords {
        copyWords(query, into: copy)
      } else if F.isPaired {
        copyPairs(query, into: copy)
      } else {
        call.q.element.widen(query, call.dim, times: call.scale, into: copy)
      }
      var d = 0
      while d < layout.width {
        storeVector(FloatVector(repeating: 0), output + d)
        d += lanes
      }
      slot.tops[r] = lowest
      slot.sums[r] = 0
    }
  }

  @inline(never)
  private func computeScores(_ tile: CacheTile) {
    let (width, stride) = (layout.width, layout.scoreWidth)
    var j = 0
    while j < tile.count {
      let four = FourRows(
        call, call.k, tile.s, tile.h, tile.key + j, end: tile.key + tile.count)
      askAhead(call.k, tile, j, keys: 4)
      leadOn(call.k, tile, j, keys: 4)
      lead(call.v, tile, j, 4, from: tile.key)
      let target = scores + j
      var r = 0
      #if HONE_REGISTERS_32
        while r + 4 <= tile.rows {
          KeyRows<4, 16>.scores(
            F.self, call.dim, four, queries + r * width, width, into: target + r * stride, stride)
          r += 4
        }
      #endif
      while r + 2 <= tile.rows {
        KeyRows<2, 8>.scores(
          F.self, call.dim, four, queries + r * width, width, into: target + r * stride, stride)
        r += 2
      }
      if r < tile.rows {
        KeyRows<1, 4>.scores(
          F.self, call.dim, four, queries + r * width, width, into: target + r * stride, stride)
      }
      j += 4
    }
  }

  /// Asks the second cache level for rows of keys that come later, if the parameter says so. One row of floats takes a key's time to read and
  /// no more: nothing to wait for, and what is asked for in vain costs (0.85).
  @inline(__always)
  func askAhead(_ rows: HeadRows, _ tile: CacheTile, _ j: Int, keys: Int) {
    guard decoding.distance > 0, F.element != .f32 || tile.rows > 1 else { return }
    for key in tile.key + j + decoding.distance..<tile.key + j + decoding.distance + keys {
      guard key < tile.end else { return }
      let row = call.row(rows, tile.s, tile.h, key)
      var byte = 0
      while byte < call.dim * F.element.bytes {
        CIntrinsics_prefetchL2(row + byte)
        byte += 64
      }
    }
  }

  /// Asks for the first lines of the next page of memory, or of a paged cache, when one begins: there the core's prefetchers stop, and
  /// some lines are enough to set them going again.
  @inline(__always)
  func leadOn(_ rows: HeadRows, _ tile: CacheTile, _ j: Int, keys: Int) {
    let key = tile.key + j
    // The first key of a page from this one on.
    var first = (key + leadKeys - 1) & -leadKeys
    while first < key + keys {
      let next = first + leadKeys
      guard decoding.leadLines > 0, next < tile.end else { return }
      let row = call.row(rows, tile.s, tile.h, next)
      for line in 0..<decoding.leadLines { CIntrinsics_prefetchL2(row + 64 * line) }
      first = next
    }
  }

  /// Near the end of a tile of K (V), asks for the rows of V (K) that come first after it, from key `first` on: the core's prefetchers
  /// know nothing of them.
  @inline(__always)
  func lead(_ rows: HeadRows, _ tile: CacheTile, _ j: Int, _ keys: Int, from first: Int) {
    let rest = tile.count - 16
    guard j + keys > rest else { return }
    for i in max(j, rest)..<min(j + keys, tile.count) {
      let key = first + i - rest
      guard key < tile.end, i >= rest, key >= 0 else { return }
      let row = call.row(rows, tile.s, tile.h, key)
      var byte = 0
      while byte < call.dim * F.element.bytes {
        CIntrinsics_prefetchL2(row + byte)
        byte += 64
      }
    }
  }

  /// Up to 16 values from key j of a tile on: what of them is read again for other rows or columns comes from the first cache
  /// level, and outputs stay in registers for so many.
  @inline(__always)
  func values(_ tile: CacheTile, _ j: Int, _ slot: DecodeSlot) -> ValueBlock {
    let key = tile.key + j
    return ValueBlock(
      first: call.row(call.v, tile.s, tile.h, key), stride: call.v.rowStride,
      count: min(16, tile.count - j, call.run(key)), dim: call.dim,
      weights: UnsafePointer(scores + j), weightStride: layout.scoreWidth, outputs: slot.outputs,
      outputStride: layout.width)
  }

  @inline(never)
  private func addValues(_ tile: CacheTile, _ slot: DecodeSlot) {
    var j = 0
    while j < tile.count {
      let block = values(tile, j, slot)
      askAhead(call.v, tile, j, keys: block.count)
      leadOn(call.v, tile, j, keys: block.count)
      lead(call.k, tile, j, block.count, from: tile.key + tile.count)
      var r = 0
      #if HONE_REGISTERS_32
        // Half of a row's columns for all heads of a group: each element is loaded, and widened, once.
        while r + 4 <= tile.rows {
          ValueRows<4, 4, 16>.add(F.self, block, r)
          r += 4
        }
      #endif
      while r + 2 <= tile.rows {
        #if HONE_REGISTERS_32
          ValueRows<2, 8, 16>.add(F.self, block, r)
        #else
          ValueRows<2, 4, 8>.add(F.self, block, r)
        #endif
        r += 2
      }
      if r < tile.rows { ValueRows<1, 8, 8>.add(F.self, block, r) }
      j += block.count
    }
  }

  /// Scores of row r become weights; its output decays to the new maximum.
  private func softmax(_ r: Int, _ tile: CacheTile, _ slot: DecodeSlot) {
    let row = scores + r * layout.scoreWidth
    let (s, i) = (tile.s, r % tile.s.queries)
    let head = tile.h * call.group + r / s.queries
    if F.element == .s8 {
      let factor = F.isWords ? queries[r * layout.width + layout.width / 2] : 1
      scale(row, tile.count, 0, times: factor)
    }
    if !call.isPlain { call.changeRow(row, s, head, i, key: tile.key, count: tile.count) }
    let seen = min(tile.count, max(0, s.visible(i) - tile.key))
    let padded = roundUp(tile.count, max(lanes, 4))
    for j in 0..<min(seen, max(0, s.first(i) - tile.key)) { row[j] = -.infinity }
    for j in seen..<padded { row[j] = -.infinity }
    var tops = FloatVector(repeating: slot.tops[r])
    var j = 0
    while j < padded {
      tops = larger(tops, loadVector(row + j))
      j += lanes
    }
    let top = largest(tops)
    let decay = exp2(FloatVector(repeating: slot.tops[r] - top))
    var sums = FloatVector(repeating: 0)
    j = 0
    while j < padded {
      let x = loadVector(row + j) - FloatVector(repeating: top)
      let weight = F.isPaired ? shortExp2(x) : exp2(x)
      storeVector(weight, row + j)
      sums += weight
      j += lanes
    }
    slot.tops[r] = top
    slot.sums[r] = slot.sums[r] * decay[0] + sums.sum()
    if F.element == .s8 { scale(row, tile.count, 1, times: 1) }
    if F.isWords { roundToWords(r, padded) }
    if F.isPaired { Element.bf16.narrow(row, padded, into: UnsafeMutableRawPointer(row)) }
    let output = slot.outputs + r * layout.width
    var d = 0
    while d < layout.width {
      storeVector(loadVector(output + d) * decay, output + d)
      d += lanes
    }
  }

  /// The scales of a tile's keys one after the other, zeros up to whole vectors.
  private func load(_ scales: UnsafePointer<Float>?, _ tile: CacheTile, _ line: Int) {
    guard scales != nil else { return }
    let copy = keyScales + line * layout.scoreWidth
    var first = 0
    if let scales = call.scales(scales, tile.s, tile.h, tile.key, count: tile.count) {
      while first + lanes <= tile.count {
        storeVector(loadVector(scales + first), copy + first)
        first += lanes
      }
    }
    for j in first..<tile.count { copy[j] = call.scale(scales, tile.s, tile.h, tile.key + j) }
    for j in tile.count..<roundUp(tile.count, max(lanes, 4)) { copy[j] = 0 }
  }

  /// Numbers of a tile's keys times the keys' scales.
  private func scale(
    _ row: UnsafeMutablePointer<Float>, _ count: Int, _ line: Int, times factor: Float
  ) {
    let (copy, all) = (keyScales + line * layout.scoreWidth, FloatVector(repeating: factor))
    var j = 0
    while j < count {
      storeVector(loadVector(row + j) * (loadVector(copy + j) * all), row + j)
      j += lanes
    }
  }

  /// The largest lane; NaN where any lane is.
  private func largest(_ v: FloatVector) -> Float {
    var top = v[0]
    for lane in 1..<lanes { top = v[lane] > top || v[lane].isNaN ? v[lane] : top }
    return top
  }
}

/// The largest power of two of keys, four at least, that fit a page of memory and of a paged cache.
private func pageKeys(_ call: AttentionCall) -> Int {
  let fitting = 4096 / max(1, abs(call.k.rowStride))
  let most = call.p.block_size > 0 ? min(fitting, Int(call.p.block_size)) : fitting
  var keys = 4
  while 2 * keys <= most { keys *= 2 }
  return keys
}
