// GEMM-f64-panels.swift: GEMM of doubles: B packed block by block into panels, A read where it lies.
//
// Idea: a block of B, kc deep and `panelsABlock` panels wide, is packed into L2; MR rows of A at a time stay in L1 while they meet its
// panels. A's values are broadcast from its own rows, so A is never copied.
// Layout: panels as in Packing.swift, zeros where the matrix ends inside one. Tile: DoubleTile.swift.
// Threads: each takes columns of C (rows, where C is taller than wide) and packs what it needs; they never meet.
// Cost: 2 m n k flops at some 90 % of the peak of doubles, plus one copy of B.

import CHoneKernel

/// Panels in a packed block.
private let panelsABlock = 8

struct DoubleMatrix {
  var base: UnsafePointer<Double>
  var row: Int
  var column: Int

  init(_ base: UnsafeRawPointer, ld: Int, transposed: Bool) {
    self.base = base.assumingMemoryBound(to: Double.self)
    (row, column) = transposed ? (1, ld) : (ld, 1)
  }

  @inline(__always)
  func address(_ i: Int, _ j: Int) -> UnsafePointer<Double> { base + (i * row + j * column) }
}

@c(hone_gemm_f64_panels_check)
public func gemm_f64_panels_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  let verdict = gemmVerdict(problem)
  guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
    return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
  }
  guard (8...4096).contains(parameters[0]) else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
  let isDouble = p.a_type == HONE_TYPE_F64 && p.c_type == HONE_TYPE_F64
  let isBare = p.activation == HONE_ACTIVATION_NONE && p.has_bias == 0 && p.has_residual == 0
  return Int32(isDouble && isBare ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
}

@c(hone_gemm_f64_panels_workspace)
public func gemm_f64_panels_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 {
  guard gemm_f64_panels_check(problem, parameters) == HONE_KERNEL_OK, let parameters else {
    return 0
  }
  return Int64(Int(threads) * threadDoubles(Int(parameters[0])) * MemoryLayout<Double>.size)
}

/// A packed block, and a tile for the edges of C.
private func threadDoubles(_ kc: Int) -> Int {
  roundUp((panelsABlock * kc + doubleRows) * WholeDoubleTile.NR, 8)
}

@c(hone_gemm_f64_panels)
public func gemm_f64_panels(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let able = gemm_f64_panels_check(problem, parameters)
  guard able == HONE_KERNEL_OK else { return able }
  let verdict = gemmRunVerdict(problem)
  guard verdict == HONE_KERNEL_OK, let problem, let parameters, let team, let workspace,
    team.pointee.index < team.pointee.count
  else { return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict }
  let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
  if p.m == 0 || p.n == 0 { return Int32(HONE_KERNEL_OK) }
  let kc = Int(parameters[0])
  let mine =
    workspace.assumingMemoryBound(to: Double.self) + Int(team.pointee.index) * threadDoubles(kc)
  let part = DoublePart(p, team.pointee, kc: kc, scratch: mine)
  if p.k == 0 || p.alpha == 0 { part.scale() } else { part.run() }
  return Int32(HONE_KERNEL_OK)
}

/// One thread's rows and columns of C.
private struct DoublePart {
  var a: DoubleMatrix
  var b: DoubleMatrix
  var c: UnsafeMutablePointer<Double>
  var ldc: Int
  var k: Int
  var kc: Int
  var alpha: Double
  var beta: Double
  var rows: Range<Int>
  var columns: Range<Int>
  var packed: UnsafeMutablePointer<Double>
  var buffer: UnsafeMutablePointer<Double>

  init(
    _ p: hone_gemm, _ team: hone_kernel_team, kc: Int, scratch: UnsafeMutablePointer<Double>
  ) {
    let nowhere = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    a = DoubleMatrix(p.a ?? nowhere, ld: Int(p.lda), transposed: p.trans_a != 0)
    b = DoubleMatrix(p.b ?? nowhere, ld: Int(p.ldb), transposed: p.trans_b != 0)
    c = p.c.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
    (ldc, k, alpha, beta) = (Int(p.ldc), Int(p.k), p.alpha, p.beta)
    self.kc = evenBlock(Int(p.k), limit: kc, unit: 4)
    let (index, count) = (Int(team.index), Int(team.count))
    let isTall = p.m > p.n
    rows = share(
      of: Int(p.m), unit: doubleRows, index: isTall ? index : 0, count: isTall ? count : 1)
    columns = share(
      of: Int(p.n), unit: WholeDoubleTile.NR, index: isTall ? 0 : index, count: isTall ? 1 : count)
    packed = scratch
    buffer = scratch + panelsABlock * kc * WholeDoubleTile.NR
  }

  /// C = beta * C.
  func scale() {
    for i in rows {
      for j in columns {
        let at = c + (i * ldc + j)
        at.pointee = beta == 0 ? 0 : beta * at.pointee
      }
    }
  }

  /// Blocks of columns and of depth, packed; then all rows against each.
  func run() {
    var first = columns.lowerBound
    while first < columns.upperBound {
      let width = min(panelsABlock * WholeDoubleTile.NR, columns.upperBound - first)
      var p = 0
      while p < k {
        let depth = min(kc, k - p)
        pack(first, width, p, depth)
        block(first, width, p, depth)
        p += depth
      }
      first += width
    }
  }

  private func pack(_ first: Int, _ width: Int, _ p: Int, _ depth: Int) {
    let nr = WholeDoubleTile.NR
    var j = 0
    while j < width {
      let valid = min(nr, width - j)
      let panel = packed + j * depth
      for step in 0..<depth {
        let (from, to) = (b.address(p + step, first + j), panel + step * nr)
        for column in 0..<valid { to[column] = from[column * b.column] }
        for column in valid..<nr { to[column] = 0 }
      }
      j += nr
    }
  }

  /// Rows in groups of MR, which stay in L1; the last few one by one.
  private func block(_ first: Int, _ width: Int, _ p: Int, _ depth: Int) {
    var i = rows.lowerBound
    while i < rows.upperBound {
      let isWhole = i + doubleRows <= rows.upperBound
      let height = isWhole ? doubleRows : 1
      var j = 0
      while j < width {
        tile(i, height, first + j, min(WholeDoubleTile.NR, width - j), p, depth, packed + j * depth)
        j += WholeDoubleTile.NR
      }
      i += height
    }
  }

  /// A tile that C cuts is computed whole beside it.
  private func tile(
    _ i: Int, _ height: Int, _ j: Int, _ width: Int, _ p: Int, _ depth: Int,
    _ panel: UnsafePointer<Double>
  ) {
    let nr = WholeDoubleTile.NR
    let isWhole = width == nr
    var target = DoubleTarget(c: c + (i * ldc + j), ldc: ldc, alpha: alpha, beta: p == 0 ? beta : 1)
    let beta = target.beta
    if !isWhole { target = DoubleTarget(c: buffer, ldc: nr, alpha: alpha, beta: 0) }
    let source = a.address(i, p)
    if height == doubleRows {
      WholeDoubleTile.multiply(depth, source, a.row, a.column, panel, target)
    } else {
      SingleDoubleTile.multiply(depth, source, a.row, a.column, panel, target)
    }
    if isWhole { return }
    for row in 0..<height {
      for column in 0..<width {
        let at = c + ((i + row) * ldc + j + column)
        let value = buffer[row * nr + column]
        at.pointee = beta == 0 ? value : value + beta * at.pointee
      }
    }
  }
}
