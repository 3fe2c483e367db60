// BLASProduct.swift: the arguments of one product as every BLAS takes them, row-major.

internal import CHoneKernel

struct BLASProduct {
  var transA: Bool
  var transB: Bool
  var m: Int
  var n: Int
  var k: Int
  var alpha: Float
  var a: UnsafePointer<Float>?
  var lda: Int
  var b: UnsafePointer<Float>?
  var ldb: Int
  var beta: Float
  var c: UnsafeMutablePointer<Float>?
  var ldc: Int

  /// The first product of a problem in floats.
  init(_ p: hone_gemm) {
    (transA, transB) = (p.trans_a != 0, p.trans_b != 0)
    (m, n, k) = (Int(p.m), Int(p.n), Int(p.k))
    (alpha, beta) = (Float(p.alpha), Float(p.beta))
    (lda, ldb, ldc) = (Int(p.lda), Int(p.ldb), Int(p.ldc))
    a = p.a?.assumingMemoryBound(to: Float.self)
    b = p.b?.assumingMemoryBound(to: Float.self)
    c = p.c?.assumingMemoryBound(to: Float.self)
  }

  /// All products of a batch, one after another: the standard BLAS has no call for them.
  static func each(_ p: hone_gemm, _ multiply: (BLASProduct) -> Void) {
    var product = BLASProduct(p)
    multiply(product)
    for _ in 1..<max(1, Int(p.batch)) {
      product.a = product.a.map { $0 + Int(p.a_batch_stride) }
      product.b = product.b.map { $0 + Int(p.b_batch_stride) }
      product.c = product.c.map { $0 + Int(p.c_batch_stride) }
      multiply(product)
    }
  }
}
