// GEMMCall.swift: a hone_gemm of floats, checked once and then read as Swift values by every GEMM variant.

import CHoneKernel

/// `C[m x n] = alpha * op(A)[m x k] * op(B)[k x n] + beta * C`, row-major (GEMM.md).
struct GEMMCall {
  var m: Int
  var n: Int
  var k: Int
  var a: StridedMatrix
  var b: StridedMatrix
  var c: UnsafeMutablePointer<Float>
  var ldc: Int
  var alpha: Float
  var beta: Float

  /// Reads a problem that `gemmVerdict` accepted. An operand of no elements may be null: it gets an address that
  /// is never read.
  init(_ problem: UnsafeRawPointer) {
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    (m, n, k) = (Int(p.m), Int(p.n), Int(p.k))
    let nowhere = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    a = StridedMatrix(p.a ?? nowhere, ld: Int(p.lda), transposed: p.trans_a != 0)
    b = StridedMatrix(p.b ?? nowhere, ld: Int(p.ldb), transposed: p.trans_b != 0)
    c = (p.c ?? UnsafeMutableRawPointer(mutating: nowhere)).assumingMemoryBound(to: Float.self)
    ldc = Int(p.ldc)
    (alpha, beta) = (Float(p.alpha), Float(p.beta))
  }

  /// There is nothing to multiply: C = beta * C, and A and B are not read.
  var isScaling: Bool { k == 0 || alpha == 0 }
}

/// A matrix as its strides: element (i, j) is `base[i * row + j * column]`. One of the strides is 1.
struct StridedMatrix {
  var base: UnsafePointer<Float>
  var row: Int
  var column: Int

  init(_ base: UnsafeRawPointer, ld: Int, transposed: Bool) {
    self.base = base.assumingMemoryBound(to: Float.self)
    (row, column) = transposed ? (1, ld) : (ld, 1)
  }

  @inline(__always)
  func address(_ i: Int, _ j: Int) -> UnsafePointer<Float> { base + (i * row + j * column) }

  /// The same elements with rows and columns exchanged.
  var transpose: StridedMatrix {
    var result = self
    (result.row, result.column) = (column, row)
    return result
  }
}

/// Is this a problem at all? Sizes and leading dimensions only: no pointer in it is read.
func gemmVerdict(_ problem: UnsafeRawPointer?) -> Int32 {
  guard let problem else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_gemm.self)
  guard p.pointee.struct_size >= UInt64(MemoryLayout<hone_gemm>.size) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  let (m, n, k) = (p.pointee.m, p.pointee.n, p.pointee.k)
  guard m >= 0, n >= 0, k >= 0,
    p.pointee.lda >= (p.pointee.trans_a != 0 ? m : k),
    p.pointee.ldb >= (p.pointee.trans_b != 0 ? k : n), p.pointee.ldc >= n
  else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  return Int32(HONE_KERNEL_OK)
}

/// `gemmVerdict`, and no operand that will be used is null.
func gemmRunVerdict(_ problem: UnsafeRawPointer?) -> Int32 {
  let verdict = gemmVerdict(problem)
  guard verdict == HONE_KERNEL_OK, let problem else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_gemm.self)
  let (m, n, k) = (p.pointee.m, p.pointee.n, p.pointee.k)
  let writes = m > 0 && n > 0
  let reads = writes && k > 0 && p.pointee.alpha != 0
  guard !writes || p.pointee.c != nil, !reads || (p.pointee.a != nil && p.pointee.b != nil) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  return Int32(HONE_KERNEL_OK)
}

/// What a `run` has to do, once the checks have passed.
struct GEMMRun {
  var call: GEMMCall
  var problem: hone_gemm
  var parameters: UnsafePointer<Int64>
  var team: hone_kernel_team
  var index: Int { Int(team.index) }
  var count: Int { Int(team.count) }

  /// All threads of the team meet.
  func meet() {
    if count > 1, let barrier = team.barrier { barrier(team.context) }
  }

  /// The checks that every `run` begins with, and the problems that need no product: an empty C, and C = beta * C.
  /// - Parameters:
  ///   - check: the row's own verdict.
  ///   - answer: what `run` answers where nothing is left to do.
  /// - Returns: nil where nothing is left to do.
  static func begin(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ team: UnsafePointer<hone_kernel_team>?, check: Int32, _ answer: inout Int32
  ) -> GEMMRun? {
    answer = gemmRunVerdict(problem)
    guard answer == HONE_KERNEL_OK else { return nil }
    guard check == HONE_KERNEL_OK || check == HONE_KERNEL_UNPROFITABLE else {
      answer = check
      return nil
    }
    guard let problem, let parameters, let team, team.pointee.index < team.pointee.count else {
      answer = Int32(HONE_KERNEL_BAD_ARGUMENT)
      return nil
    }
    let run = GEMMRun(
      call: GEMMCall(problem),
      problem: problem.assumingMemoryBound(to: hone_gemm.self).pointee, parameters: parameters,
      team: team.pointee)
    if run.call.m == 0 || run.call.n == 0 { return nil }
    guard run.call.isScaling else { return run }
    run.call.scale(run.team)
    return nil
  }
}

extension GEMMCall {
  /// This thread's rows of C = beta * C; beta == 0 overwrites whatever was there.
  func scale(_ team: hone_kernel_team) {
    let rows = share(of: m, unit: 1, index: Int(team.index), count: Int(team.count))
    for i in rows {
      let row = c + i * ldc
      if beta == 0 {
        for j in 0..<n { row[j] = 0 }
      } else if beta != 1 {
        for j in 0..<n { row[j] *= beta }
      }
    }
  }
}
