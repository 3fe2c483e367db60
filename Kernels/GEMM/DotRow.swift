// DotRow.swift: a tile of direct GEMM whose vectors run along k, for a single row of X: a vector times a matrix.
//
// Two multiply-adds can begin in each cycle and take four: fewer than eight sums would wait for each other, so the tile is eight columns
// wide. (Reading each column in whole cache lines, and X at a place of its own for each, was no faster where columns begin at any place of one.)

import CIntrinsics

enum DotRow {
  /// All columns of the block, whose m is 1.
  static func multiply(_ problem: DirectProblem) {
    #if HONE_LANES_16
      // Columns that begin anywhere make each vector of a line's length two reads, and of half of it every other one. Intel's cores read both
      // at a time (0.88 by halves on Emerald Rapids); Zen 4's read halves (1.2 to 1.37).
      if CIntrinsics_isIntel() == 0 { return DotRowTile<SIMD8<Float>>.columns(problem) }
    #endif
    DotRowTile<FloatVector>.columns(problem)
  }
}

/// A vector of floats that a row of Y is read in.
protocol RowVector: SIMD where Scalar == Float {
  /// The sum of its quarters, halves or itself: four lanes.
  var folded: SIMD4<Float> { get }
  /// The first lanes from memory, zero in the others.
  static func partial(_ p: UnsafePointer<Float>, _ mask: LaneMask) -> Self
}

extension FloatVector: RowVector {
  @inline(__always) var folded: SIMD4<Float> { fold(self) }
  @inline(__always)
  static func partial(_ p: UnsafePointer<Float>, _ mask: LaneMask) -> Self { loadPartial(p, mask) }
}

#if HONE_LANES_16
  extension SIMD8<Float>: RowVector {
    @inline(__always) var folded: SIMD4<Float> { lowHalf + highHalf }
    @inline(__always)
    static func partial(_ p: UnsafePointer<Float>, _ mask: LaneMask) -> Self {
      CIntrinsics_loadPartialHalf(p, mask)
    }
  }
#endif

/// V: the vectors that are read, this build's or shorter ones.
enum DotRowTile<V: RowVector> {
  private static var width: Int { 8 }

  @inline(__always)
  static func columns(_ problem: DirectProblem) {
    var block = problem
    var j = 0
    while j < problem.n {
      block.y.base = problem.y.address(0, j)
      block.c = problem.c + j * problem.cColumn
      tile(block, min(width, problem.n - j))
      j += width
    }
  }

  @inline(__always)
  private static func load(_ p: UnsafePointer<Float>) -> V {
    UnsafeRawPointer(p).loadUnaligned(as: V.self)
  }

  /// The first `columns` (1 … 8) columns. One that is not there is computed as the last one, and not stored.
  @inline(never)
  private static func tile(_ block: DirectProblem, _ columns: Int) {
    var (s0, s1, s2, s3) = (V.zero, V.zero, V.zero, V.zero)
    var (s4, s5, s6, s7) = (V.zero, V.zero, V.zero, V.zero)
    let (y, column, last) = (block.y.base, block.y.column, columns - 1)
    let (y1, y2, y3) = (
      y + min(1, last) * column, y + min(2, last) * column, y + min(3, last) * column
    )
    let (y4, y5) = (y + min(4, last) * column, y + min(5, last) * column)
    let (y6, y7) = (y + min(6, last) * column, y + min(7, last) * column)
    let x = block.x.base
    var p = 0
    while p + V.scalarCount <= block.k {
      let row = load(x + p)
      s0 = multiplyAdd(s0, row, load(y + p))
      s1 = multiplyAdd(s1, row, load(y1 + p))
      s2 = multiplyAdd(s2, row, load(y2 + p))
      s3 = multiplyAdd(s3, row, load(y3 + p))
      s4 = multiplyAdd(s4, row, load(y4 + p))
      s5 = multiplyAdd(s5, row, load(y5 + p))
      s6 = multiplyAdd(s6, row, load(y6 + p))
      s7 = multiplyAdd(s7, row, load(y7 + p))
      p += V.scalarCount
    }
    if p < block.k {
      let mask = laneMask(block.k - p)
      let row = V.partial(x + p, mask)
      s0 = multiplyAdd(s0, row, V.partial(y + p, mask))
      s1 = multiplyAdd(s1, row, V.partial(y1 + p, mask))
      s2 = multiplyAdd(s2, row, V.partial(y2 + p, mask))
      s3 = multiplyAdd(s3, row, V.partial(y3 + p, mask))
      s4 = multiplyAdd(s4, row, V.partial(y4 + p, mask))
      s5 = multiplyAdd(s5, row, V.partial(y5 + p, mask))
      s6 = multiplyAdd(s6, row, V.partial(y6 + p, mask))
      s7 = multiplyAdd(s7, row, V.partial(y7 + p, mask))
    }
    let near = CIntrinsics_sumEach4(s0.folded, s1.folded, s2.folded, s3.folded)
    let far = CIntrinsics_sumEach4(s4.folded, s5.folded, s6.folded, s7.folded)
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
    for i in 0..<count {
      let place = target + i * cColumn
      place.pointee = beta == 0 ? results[i] : results[i] + beta * place.pointee
    }
  }
}
