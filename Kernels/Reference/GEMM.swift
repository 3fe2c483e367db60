// GEMM.swift: the oracle of GEMM: one row of C in Double, by the definition.

public import CHoneKernel

/// Double oracles over the structs of hone_kernel.h. Slow and plain: their only virtue is to be right.
public enum Reference {
  /// One row of `alpha * op(A) * op(B) + beta * C` (f32 operands), and for each element the sum of the magnitudes of
  /// its terms, which is what rounding errors are proportional to.
  /// - Parameters:
  ///   - initial: what C held before (leading dimension ldc); not read where beta is 0.
  ///   - row: 0 ..< m.
  /// - Returns: n values and n magnitudes.
  public static func gemmRow(
    _ p: hone_gemm, initial: UnsafePointer<Float>?, row: Int
  ) -> (values: [Double], magnitudes: [Double]) {
    let (n, k) = (Int(p.n), Int(p.k))
    var values = [Double](repeating: 0, count: n)
    var magnitudes = values
    // BLAS: with alpha 0 neither A nor B is read.
    if p.alpha != 0, k > 0, let a = floats(p.a), let b = floats(p.b) {
      // In the order in which B is stored: the oracle of a large matrix would be unbearable otherwise.
      let transposed = p.trans_b != 0
      for outer in 0..<(transposed ? n : k) {
        let stored = b + outer * Int(p.ldb)
        for inner in 0..<(transposed ? k : n) {
          let (l, j) = transposed ? (inner, outer) : (outer, inner)
          let x = Double(p.trans_a == 0 ? a[row * Int(p.lda) + l] : a[l * Int(p.lda) + row])
          let term = p.alpha * x * Double(stored[inner])
          values[j] += term
          magnitudes[j] += abs(term)
        }
      }
    }
    if p.beta != 0, let initial {
      for j in 0..<n {
        let term = p.beta * Double(initial[row * Int(p.ldc) + j])
        values[j] += term
        magnitudes[j] += abs(term)
      }
    }
    return (values, magnitudes)
  }

  static func floats(_ p: UnsafeRawPointer?) -> UnsafePointer<Float>? {
    p?.assumingMemoryBound(to: Float.self)
  }
}
