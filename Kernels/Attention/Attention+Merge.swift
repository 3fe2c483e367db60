// Attention+Merge.swift: the end of decoding: the parts of a cache are added up, in their order, and written.

import CHoneKernel

extension CacheReader {
  /// Query rows of a cache: fewer than the layout has where its sequence has fewer queries.
  func rows(cache: Int) -> Int { call.group * call.sequence(cache / call.kvHeads).queries }

  /// Writes the rows from their parts (slots one after the other; the first takes the sums). A row that is not finite is
  /// computed again by the definition: a NaN of a key that it does not see may have come in, as 0 times it.
  func finish(cache: Int, _ first: DecodeSlot, rows: Range<Int>, parts: Int) {
    let (b, h) = cache.quotientAndRemainder(dividingBy: call.kvHeads)
    let s = call.sequence(b)
    for r in rows {
      let (head, i) = (h * call.group + r / s.queries, r % s.queries)
      let output = first.outputs + r * layout.width
      let (top, sum) = merge(r, first, parts)
      let inverse = FloatVector(repeating: 1 / sum)
      var check = FloatVector(repeating: 0)
      var d = 0
      while d < call.dim {
        let value = loadVector(output + d) * inverse
        check += value * 0
        storeVector(value, output + d)
        d += lanes
      }
      if check == FloatVector(repeating: 0) && inverse[0] < .infinity {
        call.o.element.narrow(output, call.dim, into: call.queryRow(call.o, s, head, i))
        call.storeLse(call.logSumExp(top: top, sum: sum), s, head, i)
      } else {
        call.attendRow(s, head, i)
      }
    }
  }

  /// The parts of row r are added up in the first one's output.
  private func merge(_ r: Int, _ first: DecodeSlot, _ parts: Int) -> (top: Float, sum: Float) {
    var top = first.tops[r]
    for part in 1..<max(parts, 1) {
      let other = first.tops[part * layout.slotFloats + r]
      top = other > top ? other : top
    }
    guard parts > 1 else { return (top, first.sums[r]) }
    var sum: Float = 0
    let output = first.outputs + r * layout.width
    for part in 0..<parts {
      let offset = part * layout.slotFloats
      let decay = exp2(FloatVector(repeating: first.tops[offset + r] - top))
      sum += first.sums[offset + r] * decay[0]
      var d = 0
      while d < call.dim {
        let partial = loadVector(output + offset + d) * decay
        storeVector(part == 0 ? partial : loadVector(output + d) + partial, output + d)
        d += lanes
      }
    }
    return (top, sum)
  }
}
