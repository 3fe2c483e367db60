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
/// - Parameter batched: the row computes several products in one call.
func gemmVerdict(_ problem: UnsafeRawPointer?, batched: Bool = false) -> Int32 {
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
  let types = Int32(HONE_TYPE_F32)...Int32(HONE_TYPE_F64)
  guard (Int32(HONE_TYPE_F32)...Int32(HONE_TYPE_S8)).contains(p.pointee.a_type),
    types.contains(p.pointee.c_type) || p.pointee.c_type == HONE_TYPE_S32,
    (0...Int32(HONE_ACTIVATION_SILU)).contains(p.pointee.activation),
    (0...1).contains(p.pointee.has_bias), (0...1).contains(p.pointee.has_residual),
    p.pointee.has_residual == 0 || p.pointee.ldr >= n, p.pointee.batch >= 0
  else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  return p.pointee.batch > 1 ? batchVerdict(p.pointee, batched) : Int32(HONE_KERNEL_OK)
}

/// Products of a batch must not write to one place, and have nothing that follows them.
private func batchVerdict(_ p: hone_gemm, _ batched: Bool) -> Int32 {
  guard p.a_batch_stride >= 0, p.b_batch_stride >= 0,
    p.m == 0 || p.c_batch_stride >= (p.m - 1) * p.ldc + p.n
  else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let isPlain =
    p.has_bias == 0 && p.has_residual == 0 && p.activation == HONE_ACTIVATION_NONE
  return Int32(batched && isPlain ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
}

/// `gemmVerdict`, and A and C are floats.
func floatVerdict(_ problem: UnsafeRawPointer?, batched: Bool = false) -> Int32 {
  let verdict = gemmVerdict(problem, batched: batched)
  guard verdict == HONE_KERNEL_OK, let problem else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_gemm.self)
  let isFloat = p.pointee.a_type == HONE_TYPE_F32 && p.pointee.c_type == HONE_TYPE_F32
  return Int32(isFloat ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
}

/// `gemmVerdict`, and no operand that will be used is null.
func gemmRunVerdict(_ problem: UnsafeRawPointer?, batched: Bool = false) -> Int32 {
  let verdict = gemmVerdict(problem, batched: batched)
  return verdict == HONE_KERNEL_OK ? operandsVerdict(problem) : verdict
}

/// Of a problem whose sizes are right: no operand that will be used is null.
func operandsVerdict(_ problem: UnsafeRawPointer?) -> Int32 {
  guard let problem else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_gemm.self)
  let (m, n, k) = (p.pointee.m, p.pointee.n, p.pointee.k)
  let writes = m > 0 && n > 0
  let reads = writes && k > 0 && p.pointee.alpha != 0
  guard !writes || p.pointee.c != nil,
    !writes || p.pointee.has_bias == 0 || p.pointee.bias != nil,
    !writes || p.pointee.has_residual == 0 || p.pointee.residual != nil,
    !reads || (p.pointee.a != nil && p.pointee.b != nil)
  else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  return Int32(HONE_KERNEL_OK)
}
