// DotRow.swift: a tile of direct GEMM whose vectors run along k, for a single row of X: a vector times a matrix.
//
// Two multiply-adds can begin in each cycle and take four: fewer than eight sums would wait for each other, so the tile is eight columns
// wide. (Reading each column in whole cache lines, and X at a place of its own for each, was no faster where columns begin at any place of one.)

import CIntrinsics

enum DotRow {
  private static var width: Int { 8 }

  /// All columns of the block, whose m is 1.
  static func multiply(_ problem: DirectProblem) {
    var block = problem
    var j = 0
    while j < problem.n {
      block.y.base = problem.y.address(0, j)
      block.c = problem.c + j * problem.cColumn
      tile(block, min(width, problem.n - j))
      j += width
    }
  }

  /// The first `columns` (1 … 8) columns. One that is not there is computed as the last one, and not stored.
  @inline(never)
  private static func tile(_ block: DirectProblem, _ columns: Int) {
    var sums: InlineArray<8, FloatVector> = zeros()
    let (y, column, last) = (block.y.base, block.y.column, columns - 1)
    let (y1, y2, y3) = (
      y + min(1, last) * column, y + min(2, last) * column, y + min(3, last) * column
    )
    let (y4, y5) = (y + min(4, last) * column, y + min(5, last) * column)
    let (y6, y7) = (y + min(6, last) * column, y + min(7, last) * column)
    let x = block.x.base
    var p = 0
    while p + lanes <= block.k {
      let row = loadVector(x + p)
      sums[0] = multiplyAdd(sums[0], row, loadVector(y + p))
      sums[1] = multiplyAdd(sums[1], row, loadVector(y1 + p))
      sums[2] = multiplyAdd(sums[2], row, loadVector(y2 + p))
      sums[3] = multiplyAdd(sums[3], row, loadVector(y3 + p))
      sums[4] = multiplyAdd(sums[4], row, loadVector(y4 + p))
      sums[5] = multiplyAdd(sums[5], row, loadVector(y5 + p))
      sums[6] = multiplyAdd(sums[6], row, loadVector(y6 + p))
      sums[7] = multiplyAdd(sums[7], row, loadVector(y7 + p))
      p += lanes
    }
    if p < block.k {
      let mask = laneMask(block.k - p)
      let row = loadPartial(x + p, mask)
      sums[0] = multiplyAdd(sums[0], row, loadPartial(y + p, mask))
      sums[1] = multiplyAdd(sums[1], row, loadPartial(y1 + p, mask))
      sums[2] = multiplyAdd(sums[2], row, loadPartial(y2 + p, mask))
      sums[3] = multiplyAdd(sums[3], row, loadPartial(y3 + p, mask))
      sums[4] = multiplyAdd(sums[4], row, loadPartial(y4 + p, mask))
      sums[5] = multiplyAdd(sums[5], row, loadPartial(y5 + p, mask))
      sums[6] = multiplyAdd(sums[6], row, loadPartial(y6 + p, mask))
      sums[7] = multiplyAdd(sums[7], row, loadPartial(y7 + p, mask))
    }
    let near = CIntrinsics_sumEach4(
      fold(sums[0]), fold(sums[1]), fold(sums[2]), fold(sums[3]))
    let far = CIntrinsics_sumEach4(
      fold(sums[4]), fold(sums[5]), fold(sums[6]), fold(sums[7]))
    block.storeFour(near, 0, min(4, columns))
    if columns > 4 { block.storeFour(far, 4, columns - 4) }
  }
}

extension DirectProblem {
  /// The first `count` of four results of the first row, from column j on.
  @inline(__always)
  func storeFour(_ sums: SIMD4<Float>, _ j: Int, _ count: Int) {
    var results = sums * alpha
    let target = c + j * cColumn
    if count == 4 && cColumn == 1 {
      let raw = UnsafeMutableRawPointer(target)
      if beta != 0 { results += raw.loadUnaligned(as: SIMD4<Float>.self) * beta }
      raw.storeBytes(of: results, as: SIMD4<Float>.self)
      return
    }
    withUnsafePointer(to: &results) {
      copyTile(
        UnsafeRawPointer($0).assumingMemoryBound(to: Float.self), stride: 4, rows: 1,
        columns: count, to: target, rowStride: cRow, columnStride: cColumn, beta: beta)
    }
  }
}
