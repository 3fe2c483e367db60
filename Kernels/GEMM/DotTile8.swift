// DotTile8.swift: a few rows of rounded A against a panel of packed weights: sums of products of bytes in 32-bit integers.
//
// Per vector of weights one or two instructions and MR dot products of four. At the end of a group its sums, which are exact,
// lose what the zero points add and become floats, once. MR * 4 sums, as many totals where there are several groups.

import CHoneKernel
import CIntrinsics

/// MR rows, ACC = 4 * MR sums. GROUPS is 1 where there are several groups.
enum DotTile8<F: DotFormat, let MR: Int, let ACC: Int, let GROUPS: Int> {
  typealias Totals = InlineArray<ACC, FloatVector>
  typealias Sums = InlineArray<ACC, CIntrinsics_IntVector>

  /// - Parameters:
  ///   - a: rows of A from row `first` on.
  @inline(never)
  static func multiply(
    _ a: RoundedRows, _ first: Int, _ stream: WeightStream, _ target: TileTarget
  ) {
    let depth = RoundedRows.depth(stream.layout)
    var x = UnsafeRawPointer(a.bytes + first * depth)
    var totals: Totals = zeros()
    var group = stream.panel
    var next = stream.upcoming
    for g in 0..<(GROUPS == 1 ? stream.layout.groups : 1) {
      var sums: Sums = InlineArray { _ in CIntrinsics_everyWord(0) }
      groupSums(x, depth, stream, group, &next, &sums)
      if F.readsBytes { return finishBytes(sums, a, first, stream, target) }
      for v in 0..<panelVectors {
        let scale = stream.scale(group, v)
        var offset = CIntrinsics_everyWord(Int32(truncatingIfNeeded: F.offset))
        if stream.layout.hasZeros {
          offset = offset &+ CIntrinsics_widenToWords(group + stream.layout.zerosAt + v * lanes)
        }
        for i in 0..<MR {
          let at = (first + i) * stream.layout.groups + g
          let exact = sums[i * panelVectors + v] &- offset &* CIntrinsics_everyWord(a.sums[at])
          let value = CIntrinsics_floats(exact) * a.scales[at]
          totals[i * panelVectors + v] = multiplyAdd(totals[i * panelVectors + v], value, scale)
        }
      }
      group += stream.layout.groupBytes
      x += stream.layout.groupSteps
    }
    RegisterTile<MR, 4, ACC>.store(totals, target)
  }

  /// A in bytes from outside: its zero points count as well. One group; C in whole numbers or in floats.
  @inline(__always)
  private static func finishBytes(
    _ sums: Sums, _ a: RoundedRows, _ first: Int, _ stream: WeightStream, _ target: TileTarget
  ) {
    var exact = sums
    for v in 0..<panelVectors {
      var offset = CIntrinsics_everyWord(Int32(truncatingIfNeeded: F.offset))
      if stream.layout.hasZeros {
        offset =
          offset &+ CIntrinsics_widenToWords(stream.panel + stream.layout.zerosAt + v * lanes)
      }
      var columns = CIntrinsics_everyWord(0)
      if stream.layout.hasSums {
        columns = CIntrinsics_loadWords(stream.panel + stream.layout.sumsAt + v * lanes * 4)
      }
      for i in 0..<MR {
        exact[i * panelVectors + v] =
          exact[i * panelVectors + v] &- offset &* CIntrinsics_everyWord(a.sums[first + i])
          &- columns &* CIntrinsics_everyWord(a.zeros[first + i])
      }
    }
    if stream.layout.isWhole { return storeWords(exact, target) }
    var totals: Totals = zeros()
    for v in 0..<panelVectors {
      let scale = stream.scale(stream.panel, v)
      for i in 0..<MR {
        totals[i * panelVectors + v] =
          CIntrinsics_floats(exact[i * panelVectors + v]) * a.scales[first + i] * scale
      }
    }
    RegisterTile<MR, 4, ACC>.store(totals, target)
  }

  /// Whole numbers in the shape of floats: to multiply them, even by 1, would change some.
  @inline(__always)
  private static func storeWords(_ words: Sums, _ target: TileTarget) {
    for i in 0..<MR {
      for v in 0..<panelVectors {
        let value = unsafeBitCast(words[i * panelVectors + v], to: FloatVector.self)
        storeVector(value, target.c + (i * target.ldc + v * lanes))
      }
    }
  }

  @inline(__always)
  private static func groupSums(
    _ x: UnsafeRawPointer, _ depth: Int, _ stream: WeightStream, _ group: UnsafeRawPointer,
    _ next: inout UpcomingWeights, _ sums: inout Sums
  ) {
    var (x, unit) = (x, group)
    let end = group + stream.layout.scalesAt
    while unit < end {
      next.askFour()
      for w in 0..<F.words {
        for v in 0..<panelVectors {
          let weights = F.load(unit, v, w)
          for i in 0..<MR {
            let four = (x + (i * depth + 4 * w)).assumingMemoryBound(to: Int32.self).pointee
            let at = i * panelVectors + v
            sums[at] = F.dot(sums[at], weights, CIntrinsics_everyWord(four))
          }
        }
      }
      x += F.unit
      unit += stream.layout.unitBytes
    }
  }
}

/// Rows of the tallest tile.
func dotTileRows(hasGroups: Bool) -> Int {
  #if HONE_REGISTERS_32
    return hasGroups ? 3 : 6
  #else
    return hasGroups ? 1 : 2
  #endif
}

func dotTile<F: DotFormat>(
  _ format: F.Type, _ rows: Int, _ a: RoundedRows, _ first: Int, _ stream: WeightStream,
  _ target: TileTarget
) {
  if stream.layout.groups > 1 {
    #if HONE_REGISTERS_32
      if rows == 3 { return DotTile8<F, 3, 12, 1>.multiply(a, first, stream, target) }
      if rows == 2 { return DotTile8<F, 2, 8, 1>.multiply(a, first, stream, target) }
    #endif
    return DotTile8<F, 1, 4, 1>.multiply(a, first, stream, target)
  }
  #if HONE_REGISTERS_32
    switch rows {
    case 6: return DotTile8<F, 6, 24, 0>.multiply(a, first, stream, target)
    case 5: return DotTile8<F, 5, 20, 0>.multiply(a, first, stream, target)
    case 4: return DotTile8<F, 4, 16, 0>.multiply(a, first, stream, target)
    case 3: return DotTile8<F, 3, 12, 0>.multiply(a, first, stream, target)
    default: break
    }
  #endif
  if rows == 2 { return DotTile8<F, 2, 8, 0>.multiply(a, first, stream, target) }
  DotTile8<F, 1, 4, 0>.multiply(a, first, stream, target)
}
