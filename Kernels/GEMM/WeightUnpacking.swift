// WeightUnpacking.swift: many rows of A: a block of a panel becomes floats in scratch once, then every row multiplies with it.
//
// The block is `kc` steps deep and 4 vectors wide: it stays in L2 (L1 where it is small) while the rows stream by. From about 5 rows on
// this costs less than to convert in each tile.

import CHoneKernel
import CIntrinsics

enum WeightUnpacking<F: WeightFormat> {
  /// Steps in a block: whole groups where there are several.
  static func blockSteps(_ layout: WeightLayout, kc: Int) -> Int {
    layout.groups > 1
      ? max(1, kc / layout.groupSteps) * layout.groupSteps
      : evenBlock(layout.groupSteps, limit: roundUp(max(kc, F.unit), F.unit), unit: F.unit)
  }

  /// Bytes ahead that `unpack` asks for, at least: it goes through weights faster than tiles do (0.9 with what suits those).
  private static var farAhead: Int { 4096 }

  /// All rows against one panel. `block` has A's rows as x and C at the panel's first column; the rest is set here.
  static func multiply(
    _ block: DirectProblem, _ stream: WeightStream, kc: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let layout = stream.layout
    let steps = blockSteps(layout, kc: kc)
    var part = block
    let start = F.isPlain ? stream.panel : UnsafeRawPointer(scratch)
    part.y = StridedMatrix(start, ld: panelColumns, transposed: false)
    var p = 0
    while p < layout.depth {
      let depth = min(steps, layout.depth - p)
      if F.isPlain {
        part.y.base = part.y.address(p == 0 ? 0 : steps, 0)
      } else if layout.groups > 1 {
        let group = p / layout.groupSteps
        for g in 0..<depth / layout.groupSteps {
          unpack(
            stream, group + g, 0, layout.groupSteps, scratch + g * layout.groupSteps * panelColumns)
        }
      } else {
        unpack(stream, 0, p, depth, scratch)
      }
      part.k = min(depth, max(0, layout.k - p))
      part.beta = p == 0 ? block.beta : 1
      part.x.base = block.x.base + p
      rows(part, stream, p..<p + depth)
      p += depth
    }
  }

  /// Where the weights of step p, the first of a unit and of a group where there are several, are stored.
  private static func stored(_ stream: WeightStream, _ p: Int) -> UnsafeRawPointer {
    let layout = stream.layout
    if layout.groups > 1 { return stream.panel + p / layout.groupSteps * layout.groupBytes }
    return stream.panel + p / F.unit * layout.unitBytes
  }

  /// `steps` steps of a group from step `first` on, as rows of floats.
  @inline(never)
  private static func unpack(
    _ stream: WeightStream, _ group: Int, _ first: Int, _ steps: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let layout = stream.layout
    var far = stream
    far.prefetch = stream.prefetch == 0 ? 0 : max(stream.prefetch, farAhead)
    let base = stream.panel + group * layout.groupBytes
    var unit = base + first / F.unit * layout.unitBytes
    var scales: InlineArray<4, FloatVector> = zeros()
    var shifts: InlineArray<4, FloatVector> = zeros()
    for v in 0..<panelVectors {
      scales[v] = F.isScaled ? stream.scale(base, v) : FloatVector(repeating: 1)
      if layout.hasZeros { shifts[v] = stream.zero(base, v) }
    }
    var to = scratch
    for _ in 0..<steps / F.unit {
      far.ask(unit)
      for u in 0..<F.unit {
        for v in 0..<panelVectors {
          let value = F.value(unit, v, u)
          storeVector(F.isScaled ? (value - shifts[v]) * scales[v] : value, to + v * lanes)
        }
        to += panelColumns
      }
      unit += layout.unitBytes
    }
  }

  /// All rows against the block of these steps.
  private static func rows(_ part: DirectProblem, _ stream: WeightStream, _ steps: Range<Int>) {
    var block = part
    let groups = (part.m + panelRows - 1) / panelRows
    for group in 0..<groups {
      let rows = share(of: part.m, unit: 1, index: group, count: groups)
      block.x.base = part.x.address(rows.lowerBound, 0)
      block.c = part.c + rows.lowerBound * part.cRow
      #if HONE_REGISTERS_32
        let next = stored(stream, steps.upperBound)
        let bytes = stream.prefetch == 0 ? 0 : next - stored(stream, steps.lowerBound)
        let upcoming = UpcomingWeights(
          next, bytes: bytes, steps: part.k, group: group, of: groups)
        panelProduct(rows.count, block, upcoming)
      #else
        outerProduct(rows.count, block)
      #endif
    }
  }
}

#if !HONE_REGISTERS_32
  /// Rows of the tallest tile that divides a panel.
  private let panelRows = outerRows
#endif
