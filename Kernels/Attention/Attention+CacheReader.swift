// Attention+CacheReader.swift: decoding one part of one key/value cache for all rows that share it, and merging the parts.

/// Where decoding keeps what in its workspace, in floats.
struct DecodeLayout {
  /// Query rows that share a cache: query heads of a group times queries.
  let rows: Int
  let parts: Int
  /// A row of queries or outputs, in whole vectors.
  let width: Int
  /// A row of scores.
  let scoreWidth: Int
  private let caches: Int
  private let threads: Int

  init(_ call: AttentionCall, _ decoding: Decoding, threads: Int) {
    rows = call.group * call.lq
    parts = decoding.parts(call, threads: threads)
    width = roundUp(max(call.dim, 1), lanes)
    scoreWidth = decoding.keyTile
    caches = call.batch * call.kvHeads
    self.threads = threads
  }

  /// Outputs, maxima and sums of all rows for one part.
  var slotFloats: Int { roundUp(rows * (width + 2), 16) }
  /// Queries, scores and a slot.
  var threadFloats: Int { roundUp(rows * (width + scoreWidth), 16) + slotFloats }
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

struct CacheReader {
  private let call: AttentionCall
  private let decoding: Decoding
  private let layout: DecodeLayout
  private let queries: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>
  /// For problems that need no merging.
  let ownSlot: DecodeSlot

  init(
    _ call: AttentionCall, _ decoding: Decoding, _ layout: DecodeLayout,
    _ workspace: UnsafeMutablePointer<Float>
  ) {
    self.call = call
    self.decoding = decoding
    self.layout = layout
    queries = workspace
    scores = queries + layout.rows * layout.width
    let used = roundUp(layout.rows * (layout.width + layout.scoreWidth), 16)
    ownSlot = DecodeSlot(workspace + used, rows: layout.rows, width: layout.width)
  }

  /// The keys of one part of a cache against all rows that share it.
  func read(cache: Int, part: Int, into slot: DecodeSlot) {
    let (b, h) = cache.quotientAndRemainder(dividingBy: call.kvHeads)
    load(b, h, slot)
    let length = roundUp((call.lk + layout.parts - 1) / layout.parts, 4)
    // Keys that no query sees are at the end, because the last query sees most.
    let end = min((part + 1) * length, call.visible(call.lq - 1))
    var key = part * length
    while key < end {
      let count = min(decoding.keyTile, end - key)
      computeScores(b, h, key, count, end: end)
      for r in 0..<layout.rows { softmax(r, key, count, slot) }
      addValues(b, h, key, count, slot, end: end)
      key += count
    }
  }

  /// Query row r: head `r / lq` of the group, query `r % lq`.
  private func load(_ b: Int, _ h: Int, _ slot: DecodeSlot) {
    for r in 0..<layout.rows {
      let query = call.q.row(b, h * call.group + r / call.lq, r % call.lq)
      let (copy, output) = (queries + r * layout.width, slot.outputs + r * layout.width)
      for d in 0..<call.dim { copy[d] = query[d] * call.scale }
      for d in call.dim..<layout.width { copy[d] = 0 }
      for d in 0..<layout.width { output[d] = 0 }
      slot.tops[r] = lowest
      slot.sums[r] = 0
    }
  }

  /// Calls `body` for each four keys of a tile, with what it may ask for ahead: never beyond `end`, the part's last key.
  @inline(__always)
  private func forEachFour(
    _ rows: HeadRows, _ first: UnsafePointer<Float>, _ key: Int, _ count: Int, end: Int,
    _ body: (_ j: Int, _ four: FourRows, _ ahead: inout RowsAhead) -> Void
  ) {
    let distance = decoding.distance
    var j = 0
    while j < count {
      let isOn = distance > 0 && key + j + distance + 4 <= end
      var ahead = RowsAhead(
        first + (j + distance) * rows.rowStride, rows.rowStride, dim: call.dim, isOn: isOn)
      body(j, FourRows(first, rows.rowStride, j, count: count), &ahead)
      j += 4
    }
  }

  @inline(never)
  private func computeScores(_ b: Int, _ h: Int, _ key: Int, _ count: Int, end: Int) {
    let (width, stride) = (layout.width, layout.scoreWidth)
    forEachFour(call.k, call.k.row(b, h, key), key, count, end: end) { j, four, ahead in
      let target = scores + j
      var r = 0
      #if HONE_REGISTERS_32
        while r + 4 <= layout.rows {
          KeyRows<4, 16>.scores(
            call.dim, four, queries + r * width, width, into: target + r * stride, stride, &ahead)
          ahead.isOn = false
          r += 4
        }
      #endif
      while r + 2 <= layout.rows {
        KeyRows<2, 8>.scores(
          call.dim, four, queries + r * width, width, into: target + r * stride, stride, &ahead)
        ahead.isOn = false
        r += 2
      }
      if r < layout.rows {
        KeyRows<1, 4>.scores(
          call.dim, four, queries + r * width, width, into: target + r * stride, stride, &ahead)
      }
    }
  }

  @inline(never)
  private func addValues(
    _ b: Int, _ h: Int, _ key: Int, _ count: Int, _ slot: DecodeSlot, end: Int
  ) {
    let (width, stride, outputs) = (layout.width, layout.scoreWidth, slot.outputs)
    forEachFour(call.v, call.v.row(b, h, key), key, count, end: end) { j, four, ahead in
      let weights = scores + j
      var r = 0
      #if HONE_REGISTERS_32
        while r + 4 <= layout.rows {
          KeyRows<4, 16>.values(
            call.dim, four, weights + r * stride, stride, into: outputs + r * width, width, &ahead)
          ahead.isOn = false
          r += 4
        }
      #endif
      while r + 2 <= layout.rows {
        KeyRows<2, 8>.values(
          call.dim, four, weights + r * stride, stride, into: outputs + r * width, width, &ahead)
        ahead.isOn = false
        r += 2
      }
      if r < layout.rows {
        KeyRows<1, 4>.values(
          call.dim, four, weights + r * stride, stride, into: outputs + r * width, width, &ahead)
      }
    }
  }

  /// Scores of row r become weights; its output decays to the new maximum.
  private func softmax(_ r: Int, _ key: Int, _ count: Int, _ slot: DecodeSlot) {
    let row = scores + r * layout.scoreWidth
    let seen = min(count, max(0, call.visible(r % call.lq) - key))
    let padded = roundUp(count, max(lanes, 4))
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
      let weight = exp2(loadVector(row + j) - FloatVector(repeating: top))
      storeVector(weight, row + j)
      sums += weight
      j += lanes
    }
    slot.tops[r] = top
    slot.sums[r] = slot.sums[r] * decay[0] + sums.sum()
    let output = slot.outputs + r * layout.width
    var d = 0
    while d < layout.width {
      storeVector(loadVector(output + d) * decay, output + d)
      d += lanes
    }
  }

  /// The largest lane; NaN where any lane is.
  private func largest(_ v: FloatVector) -> Float {
    var top = v[0]
    for lane in 1..<lanes { top = v[lane] > top || v[lane].isNaN ? v[lane] : top }
    return top
  }

  // MARK: Merging

  /// Writes the rows from their parts (slots one after the other). A row that is not finite is computed again by the
  /// definition: a NaN of a key that it does not see may have come in, as 0 times it.
  func finish(cache: Int, _ first: DecodeSlot, rows: Range<Int>, parts: Int) {
    let (b, h) = cache.quotientAndRemainder(dividingBy: call.kvHeads)
    for r in rows {
      let (head, i) = (h * call.group + r / call.lq, r % call.lq)
      var top = lowest
      for part in 0..<parts {
        let other = first.tops[part * layout.slotFloats + r]
        top = other > top ? other : top
      }
      var (sum, check): (Float, Float) = (0, 0)
      let output = call.o.row(b, head, i)
      for part in 0..<parts {
        let offset = part * layout.slotFloats
        let decay = exp2(FloatVector(repeating: first.tops[offset + r] - top))[0]
        sum += first.sums[offset + r] * decay
        let partial = first.outputs + offset + r * layout.width
        for d in 0..<call.dim { output[d] = (part == 0 ? 0 : output[d]) + partial[d] * decay }
      }
      let inverse = 1 / sum
      for d in 0..<call.dim {
        output[d] *= inverse
        check += output[d] * 0
      }
      if check == 0 && inverse < .infinity {
        call.storeLse(call.logSumExp(top: top, sum: sum), b, head, i)
      } else {
        call.attendRow(b, head, i)
      }
    }
  }
}
