// Packing.swift: copies a block of A or B into panels, in the order in which the micro-kernel reads them.
//
// A panel of width W holds, for p = 0, 1, … depth - 1, the W elements (0, p) … (W - 1, p) side by side:
//
//     source (across ↓, along →)        panel
//     a0 a1 a2 …                        a0 b0 c0 d0 | a1 b1 c1 d1 | …
//     b0 b1 b2 …
//
// For A, "across" is a row of A and W = mr; for B it is a column of B and W = nr. Where the block ends inside a panel,
// the rest of the panel holds values that are never stored: copies of the last element, or zeros.

import CIntrinsics

/// Where the elements to pack are: element (i across, p along) is `base[i * across + p * along]`; one stride is 1.
struct PackingSource {
  var base: UnsafePointer<Float>
  var across: Int
  var along: Int

  @inline(__always)
  func address(_ i: Int, _ p: Int) -> UnsafePointer<Float> { base + (i * across + p * along) }

  @inline(__always)
  func offset(_ i: Int, _ p: Int) -> PackingSource {
    PackingSource(base: address(i, p), across: across, along: along)
  }
}

/// Packs `count` elements across, in panels of `width` (4 or more), into consecutive panels at `destination`.
func packPanels(
  _ source: PackingSource, count: Int, width: Int, depth: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  var i = 0
  var panel = destination
  while i < count {
    let here = source.offset(i, 0)
    let valid = min(width, count - i)
    if source.across != 1 && valid == width && width % lanes == 0 {
      transposeWhole(here, width, depth, panel)
    } else if source.across != 1 {
      transposePanel(here, valid, width, depth, panel)
    } else if valid < width {
      copyEdge(here, valid, width, depth, panel)
    } else {
      copyPanel(here, width, depth, panel)
    }
    i += width
    panel += width * depth
  }
}

/// Contiguous across: each step copies `width` neighbours, in vectors; the last one may overlap the one before.
private func copyPanel(
  _ source: PackingSource, _ width: Int, _ depth: Int, _ panel: UnsafeMutablePointer<Float>
) {
  if width % lanes == 0 {
    for p in 0..<depth {
      let (from, to) = (source.address(0, p), panel + p * width)
      var j = 0
      while j < width {
        storeVector(loadVector(from + j), to + j)
        j += lanes
      }
    }
    return
  }
  for p in 0..<depth {
    let (from, to) = (source.address(0, p), panel + p * width)
    var j = 0
    while j < width {
      let at = min(j, width - 4)
      let four = UnsafeRawPointer(from + at).loadUnaligned(as: SIMD4<Float>.self)
      UnsafeMutableRawPointer(to + at).storeBytes(of: four, as: SIMD4<Float>.self)
      j += 4
    }
  }
}

/// The last panel of a block that is contiguous across: `valid` elements, then zeros.
private func copyEdge(
  _ source: PackingSource, _ valid: Int, _ width: Int, _ depth: Int,
  _ panel: UnsafeMutablePointer<Float>
) {
  for p in 0..<depth {
    let (from, to) = (source.address(0, p), panel + p * width)
    var j = 0
    while j < width {
      let here = min(lanes, width - j)
      let mask = laneMask(max(0, min(here, valid - j)))
      storePartial(loadPartial(from + j, mask), to + j, laneMask(here))
      j += lanes
    }
  }
}

/// Contiguous along, whole vectors across: four steps of a vector of rows at a time.
private func transposeWhole(
  _ source: PackingSource, _ width: Int, _ depth: Int, _ panel: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i < width {
    let (from, to) = (source.address(i, 0), panel + i)
    var p = 0
    while p + 4 <= depth {
      CIntrinsics_transposeRows(from + p, Int64(source.across), to + p * width, Int64(width))
      p += 4
    }
    while p < depth {
      for lane in 0..<lanes { to[p * width + lane] = from[lane * source.across + p] }
      p += 1
    }
    i += lanes
  }
}

/// Contiguous along: 4 x 4 transposes in registers; the last block of four across may overlap the one before.
private func transposePanel(
  _ source: PackingSource, _ valid: Int, _ width: Int, _ depth: Int,
  _ panel: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i < width {
    let at = min(i, width - 4)
    let r0 = source.address(min(at, valid - 1), 0)
    let r1 = source.address(min(at + 1, valid - 1), 0)
    let r2 = source.address(min(at + 2, valid - 1), 0)
    let r3 = source.address(min(at + 3, valid - 1), 0)
    let to = panel + at
    var p = 0
    while p + 4 <= depth {
      CIntrinsics_transpose4(r0 + p, r1 + p, r2 + p, r3 + p, to + p * width, Int64(width))
      p += 4
    }
    while p < depth {
      let step = to + p * width
      (step[0], step[1], step[2], step[3]) = (r0[p], r1[p], r2[p], r3[p])
      p += 1
    }
    i += 4
  }
}
