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
  /// All columns of the block: wide tiles, then pairs of vectors, then a single one; the last of them masked.
  @inline(never)
  static func columns(_ block: DirectProblem) {
    var wides = block.n / (NV * lanes)
    #if HONE_REGISTERS_32
      // Two pairs keep more sums busy than three vectors and one.
      let vectors = (block.n + lanes - 1) / lanes
      if NV == 3 && vectors >= 4 && vectors % 3 == 1 { wides = (vectors - 4) / 3 }
    #endif
    var j = 0
    for _ in 0..<wides {
      wide(block, j)
      j += NV * lanes
    }
    #if HONE_REGISTERS_32
      while NV > 2 && j + lanes < block.n {
        OuterPair<MR>.multiply(block, j, min(2 * lanes, block.n - j))
        j += 2 * lanes
      }
    #endif
    while j < block.n {
      let left = min(lanes, block.n - j)
      OuterColumn<MR>.multiply(block, j, left)
      j += left
    }
  }

  @inline(__always)
  private static func wide(_ block: DirectProblem, _ j: Int) {
    var sums: InlineArray<ACC, FloatVector> = zeros()
    var x = block.x.base
    var y = block.y.base + j
    let (xRow, xColumn, yRow) = (block.x.row, block.x.column, block.y.row)
    var p = block.k
    while p > 0 {
      x = CIntrinsics_anyAddress(x)
      var row: InlineArray<NV, FloatVector> = zeros()
      for v in 0..<NV { row[v] = MR > 1 ? loadFirst(y + v * lanes) : loadVector(y + v * lanes) }
      for i in 0..<MR {
        let factor = FloatVector(repeating: x[i * xRow])
        for v in 0..<NV { sums[i * NV + v] = inTurn(multiplyAdd(sums[i * NV + v], factor, row[v])) }
      }
      x += xColumn
      y += yRow
      p -= 1
    }
    RegisterTile<MR, NV, ACC>.store(sums, block.tileTarget(j, width: NV * lanes))
    block.finishTile(j, rows: MR, width: NV * lanes)
  }
}

#if HONE_REGISTERS_32
  /// Two vectors of columns, of which the first `width` (more than a vector) exist.
  enum OuterPair<let MR: Int> {
    @inline(__always)
    static func multiply(_ block: DirectProblem, _ j: Int, _ width: Int) {
      var near: InlineArray<MR, FloatVector> = zeros()
      var far: InlineArray<MR, FloatVector> = zeros()
      var x = block.x.base
      var y = block.y.base + j
      let (xRow, xColumn, yRow) = (block.x.row, block.x.column, block.y.row)
      let mask = laneMask(width - lanes)
      var p = block.k
      while p > 0 {
        x = CIntrinsics_anyAddress(x)
        let (first, second) = (loadFirst(y), loadEdge(y + lanes, mask))
        for i in 0..<MR {
          let factor = FloatVector(repeating: x[i * xRow])
          near[i] = inTurn(multiplyAdd(near[i], factor, first))
          far[i] = inTurn(multiplyAdd(far[i], factor, second))
        }
        x += xColumn
        y += yRow
        p -= 1
      }
      let target = block.tileTarget(j, width: 2 * lanes)
      for i in 0..<MR {
        let row = target.c + i * target.ldc
        var (one, two) = (near[i] * target.alpha, far[i] * target.alpha)
        if target.beta != 0 {
          one += loadVector(row) * target.beta
          two += loadPartial(row + lanes, mask) * target.beta
        }
        storeVector(one, row)
        storePartial(two, row + lanes, mask)
      }
      block.finishTile(j, rows: MR, width: width)
    }
  }
#endif

/// One vector of columns, of which the first `width` exist.
enum OuterColumn<let MR: Int> {
  @inline(__always)
  static func multiply(_ block: DirectProblem, _ j: Int, _ width: Int) {
    var sums: InlineArray<MR, FloatVector> = zeros()
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
    let target = block.tileTarget(j, width: lanes)
    let alpha = target.alpha
    if target.beta == 0 {
      for i in 0..<MR { storePartial(sums[i] * alpha, target.c + i * target.ldc, mask) }
    } else {
      for i in 0..<MR {
        let p = target.c + i * target.ldc
        storePartial(sums[i] * alpha + loadPartial(p, mask) * target.beta, p, mask)
      }
    }
    block.finishTile(j, rows: MR, width: width)
  }
}

extension DirectProblem {
  /// Where a tile at column j goes: C; or the scratch, where C's transpose is computed and a row is a column of C.
  @inline(__always)
  func tileTarget(_ j: Int, width: Int) -> TileTarget {
    cColumn == 1
      ? TileTarget(c: c + j, ldc: cRow, alpha: alpha, beta: beta)
      : TileTarget(c: scratch, ldc: width, alpha: alpha, beta: 0)
  }

  /// Takes a tile from the scratch to C.
  @inline(__always)
  func finishTile(_ j: Int, rows: Int, width: Int) {
    if cColumn == 1 { return }
    copyTile(
      scratch, stride: roundUp(width, lanes), rows: rows, columns: width, to: c + j * cColumn,
      rowStride: cRow, columnStride: cColumn, beta: beta)
  }
}
