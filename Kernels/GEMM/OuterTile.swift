// OuterTile.swift: tiles of direct GEMM whose vectors run along the rows of Y: broadcast x, multiply a piece of a row.
//
// MR * NV sums, NV vectors of Y and one broadcast are alive, as in RegisterTile.swift, but X and Y are read with their own
// strides. Columns left at the end go through tiles of one vector, the last of them masked.

import CIntrinsics

/// Rows of X that one group of tiles takes (as many as the table below has rows), and the columns of its tallest tile.
#if HONE_REGISTERS_32
  let outerRows = 8
  var outerColumns: Int { 3 * lanes }
#elseif HONE_FMA
  let outerRows = 6
  var outerColumns: Int { 2 * lanes }
#else
  let outerRows = 4
  var outerColumns: Int { 2 * lanes }
#endif

/// `rows` (1 … outerRows) rows of the block, all its columns and depth. Fewer rows leave registers for wider pieces of Y.
func outerProduct(_ rows: Int, _ block: DirectProblem) {
  #if HONE_REGISTERS_32
    switch rows {
    case 1: OuterTile<1, 8, 8>.columns(block)
    case 2: OuterTile<2, 8, 16>.columns(block)
    case 3: OuterTile<3, 6, 18>.columns(block)
    case 4: OuterTile<4, 4, 16>.columns(block)
    case 5: OuterTile<5, 4, 20>.columns(block)
    case 6: OuterTile<6, 4, 24>.columns(block)
    case 7: OuterTile<7, 3, 21>.columns(block)
    default: OuterTile<8, 3, 24>.columns(block)
    }
  #elseif HONE_FMA
    switch rows {
    case 1: OuterTile<1, 8, 8>.columns(block)
    case 2: OuterTile<2, 4, 8>.columns(block)
    case 3: OuterTile<3, 3, 9>.columns(block)
    case 4: OuterTile<4, 2, 8>.columns(block)
    case 5: OuterTile<5, 2, 10>.columns(block)
    default: OuterTile<6, 2, 12>.columns(block)
    }
  #else
    switch rows {
    case 1: OuterTile<1, 6, 6>.columns(block)
    case 2: OuterTile<2, 3, 6>.columns(block)
    case 3: OuterTile<3, 2, 6>.columns(block)
    default: OuterTile<4, 2, 8>.columns(block)
    }
  #endif
}

enum OuterTile<let MR: Int, let NV: Int, let ACC: Int> {
  /// All columns of the block: wide tiles, then single vectors, then a masked one.
  @inline(never)
  static func columns(_ block: DirectProblem) {
    var j = 0
    while j + NV * lanes <= block.n {
      wide(block, j)
      j += NV * lanes
    }
    while j < block.n {
      let left = min(lanes, block.n - j)
      OuterColumn<MR>.multiply(block, j, left)
      j += left
    }
  }

  @inline(__always)
  private static func wide(_ block: DirectProblem, _ j: Int) {
    var sums = InlineArray<ACC, FloatVector>(repeating: FloatVector(repeating: 0))
    var x = block.x.base
    var y = block.y.base + j
    let (xRow, xColumn, yRow) = (block.x.row, block.x.column, block.y.row)
    var p = block.k
    while p > 0 {
      x = CIntrinsics_anyAddress(x)
      var row = InlineArray<NV, FloatVector>(repeating: FloatVector(repeating: 0))
      for v in 0..<NV { row[v] = MR > 1 ? loadFirst(y + v * lanes) : loadVector(y + v * lanes) }
      for i in 0..<MR {
        let factor = FloatVector(repeating: x[i * xRow])
        for v in 0..<NV { sums[i * NV + v] = inTurn(multiplyAdd(sums[i * NV + v], factor, row[v])) }
      }
      x += xColumn
      y += yRow
      p -= 1
    }
    for i in 0..<MR {
      for v in 0..<NV { storeOuter(sums[i * NV + v], block, i, j + v * lanes, lanes) }
    }
  }
}

/// One vector of columns, of which the first `width` exist.
enum OuterColumn<let MR: Int> {
  @inline(__always)
  static func multiply(_ block: DirectProblem, _ j: Int, _ width: Int) {
    var sums = InlineArray<MR, FloatVector>(repeating: FloatVector(repeating: 0))
    var x = block.x.base
    var y = block.y.base + j
    let (xRow, xColumn, yRow) = (block.x.row, block.x.column, block.y.row)
    let mask = laneMask(width)
    var p = block.k
    while p > 0 {
      x = CIntrinsics_anyAddress(x)
      let row = loadEdge(y, mask)
      for i in 0..<MR {
        sums[i] = multiplyAdd(sums[i], FloatVector(repeating: x[i * xRow]), row)
      }
      x += xColumn
      y += yRow
      p -= 1
    }
    for i in 0..<MR { storeOuter(sums[i], block, i, j, width) }
  }
}

/// C[i, j ..< j + width] = alpha * sum + beta * C, for either orientation of C.
@inline(__always)
private func storeOuter(
  _ sum: FloatVector, _ block: DirectProblem, _ i: Int, _ j: Int, _ width: Int
) {
  let target = block.c + (i * block.cRow + j * block.cColumn)
  var value = sum * block.alpha
  if block.cColumn != 1 {
    scatter(value, target, block.cColumn, width, block.beta)
    return
  }
  if width == lanes {
    if block.beta != 0 { value += loadVector(target) * block.beta }
    storeVector(value, target)
    return
  }
  let mask = laneMask(width)
  if block.beta != 0 { value += loadPartial(target, mask) * block.beta }
  storePartial(value, target, mask)
}

@inline(never)
private func scatter(
  _ value: FloatVector, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ width: Int,
  _ beta: Float
) {
  for lane in 0..<width {
    let p = target + lane * stride
    p.pointee = beta == 0 ? value[lane] : value[lane] + beta * p.pointee
  }
}
