// BLAS.swift: a BLAS library opened at run time, on one thread: the yardstick of the GEMM benchmark.

internal import Glibc
internal import HoneCore

/// `cblas_sgemm` of a shared library.
struct BLAS {
  typealias SGEMM =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>?, Int32,
      UnsafePointer<Float>?, Int32, Float, UnsafeMutablePointer<Float>?, Int32
    ) -> Void

  private let sgemm: SGEMM

  init(_ path: String = "libopenblas.so.0") throws {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL),
      let symbol = dlsym(handle, "cblas_sgemm")
    else {
      throw HoneError(
        .unavailable, "cannot open \(path) with cblas_sgemm",
        advice: "Install OpenBLAS, or name another BLAS with --blas.")
    }
    sgemm = unsafeBitCast(symbol, to: SGEMM.self)
    if let threads = dlsym(handle, "openblas_set_num_threads") {
      unsafeBitCast(threads, to: (@convention(c) (Int32) -> Void).self)(1)
    }
  }

  /// C = op(A) * op(B), row-major, without padding.
  func multiply(
    _ shape: GEMMShape, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>
  ) {
    let (rowMajor, plain, transposed) = (Int32(101), Int32(111), Int32(112))
    let (m, n, k) = (Int32(shape.m), Int32(shape.n), Int32(shape.k))
    sgemm(
      rowMajor, shape.transA ? transposed : plain, shape.transB ? transposed : plain, m, n, k, 1,
      a, shape.transA ? m : k, b, shape.transB ? k : n, 0, c, n)
  }
}
