// DotTile.swift: tiles of direct GEMM whose vectors run along k: MR rows of X against NJ columns of Y, both contiguous along k.
//
// MR * NJ sums, MR vectors of X and one of Y are alive. At the end each sum is folded to four lanes and four of them to
// one vector of results; the last vector along k is masked.

import CIntrinsics

/// Rows and columns of the largest tile. A tile with fewer columns computes the last one several times and stores it once.
#if HONE_REGISTERS_32
  let dotRows = 4
  let dotColumns = 4
#else
  let dotRows = 2
  let dotColumns = 4
#endif

func dotProducts(_ rows: Int, _ columns: Int, _ block: DirectProblem) {
  #if HONE_REGISTERS_32
    switch rows {
    case 1: DotTile<1, 4>.multiply(block, columns)
    case 2: DotTile<2, 8>.multiply(block, columns)
    case 3: DotTile<3, 12>.multiply(block, columns)
    default: DotTile<4, 16>.multiply(block, columns)
    }
  #else
    switch rows {
    case 1: DotTile<1, 4>.multiply(block, columns)
    default: DotTile<2, 8>.multiply(block, columns)
    }
  #endif
}

/// MR rows, four columns, ACC = 4 * MR sums.
enum DotTile<let MR: Int, let ACC: Int> {
  @inline(never)
  static func multiply(_ block: DirectProblem, _ columns: Int) {
    var sums: InlineArray<ACC, FloatVector> = zeros()
    let xRow = block.x.row
    let y0 = block.y.base
    let y1 = y0 + min(1, columns - 1) * block.y.column
    let y2 = y0 + min(2, columns - 1) * block.y.column
    let y3 = y0 + min(3, columns - 1) * block.y.column
    var x = block.x.base
    var p = 0
    while p + lanes <= block.k {
      x = CIntrinsics_anyAddress(x)
      var row: InlineArray<MR, FloatVector> = zeros()
      for i in 0..<MR { row[i] = loadVector(x + (i * xRow + p)) }
      add(row, loadVector(y0 + p), 0, &sums)
      add(row, loadVector(y1 + p), 1, &sums)
      add(row, loadVector(y2 + p), 2, &sums)
      add(row, loadVector(y3 + p), 3, &sums)
      p += lanes
    }
    if p < block.k {
      let mask = laneMask(block.k - p)
      var row: InlineArray<MR, FloatVector> = zeros()
      for i in 0..<MR { row[i] = loadPartial(x + (i * xRow + p), mask) }
      add(row, loadPartial(y0 + p, mask), 0, &sums)
      add(row, loadPartial(y1 + p, mask), 1, &sums)
      add(row, loadPartial(y2 + p, mask), 2, &sums)
      add(row, loadPartial(y3 + p, mask), 3, &sums)
    }
    // Sums of no vector end in memory before they are folded: see RegisterTile.multiply.
    var results = InlineArray<MR, SIMD4<Float>> { _ in SIMD4(repeating: 0) }
    for i in 0..<MR {
      results[i] =
        CIntrinsics_sumEach4(
          fold(sums[4 * i]), fold(sums[4 * i + 1]), fold(sums[4 * i + 2]), fold(sums[4 * i + 3]))
        * block.alpha
    }
    if columns == 4 && block.cColumn == 1 { return store(results, block) }
    withUnsafePointer(to: &results) {
      copyTile(
        UnsafeRawPointer($0).assumingMemoryBound(to: Float.self), stride: 4, rows: MR,
        columns: columns, to: block.c, rowStride: block.cRow, columnStride: block.cColumn,
        beta: block.beta)
    }
  }

  /// A tile of whole rows, where C's columns are neighbours.
  @inline(__always)
  private static func store(_ results: InlineArray<MR, SIMD4<Float>>, _ block: DirectProblem) {
    for i in 0..<MR {
      let row = UnsafeMutableRawPointer(block.c + i * block.cRow)
      var value = results[i]
      if block.beta != 0 { value += row.loadUnaligned(as: SIMD4<Float>.self) * block.beta }
      row.storeBytes(of: value, as: SIMD4<Float>.self)
    }
  }

  @inline(__always)
  private static func add(
    _ row: InlineArray<MR, FloatVector>, _ y: FloatVector, _ column: Int,
    _ sums: inout InlineArray<ACC, FloatVector>
  ) {
    for i in 0..<MR { sums[4 * i + column] = multiplyAdd(sums[4 * i + column], row[i], y) }
  }
}
