// GEMM.swift: the oracle of GEMM: one row of C in Double, by the definition.

public import CHoneKernel

/// Double oracles over the structs of hone_kernel.h. Slow and plain: their only virtue is to be right.
public enum Reference {
  /// One row of `alpha * op(A) * op(B) + beta * C` (A and C in f32), and for each element the sum of the magnitudes of
  /// its terms, which is what rounding errors are proportional to. Where the activations may be rounded (HONE_COMPUTE_S8), A's largest
  /// magnitude in the row takes the place of each element's: its steps are in proportion to that.
  /// - Parameters:
  ///   - type: of B's elements as stored.
  ///   - initial: what C held before (leading dimension ldc); not read where beta is 0.
  ///   - row: 0 ..< m.
  /// - Returns: n values and n magnitudes.
  public static func gemmRow(
    _ p: hone_gemm, _ type: StoredType = .f32, initial: UnsafePointer<Float>?, row: Int
  ) -> (values: [Double], magnitudes: [Double]) {
    let (n, k) = (Int(p.n), Int(p.k))
    var values = [Double](repeating: 0, count: n)
    var magnitudes = values
    // BLAS: with alpha 0 neither A nor B is read.
    if p.alpha != 0, k > 0, p.a != nil, p.b != nil {
      let x = activations(p, row: row).map { p.alpha * $0 }
      let largest = x.reduce(0) { max($0, abs($1)) }
      let isRounded = p.compute == Int32(HONE_COMPUTE_S8)
      // In the order in which B is stored: the oracle of a large matrix would be unbearable otherwise.
      let transposed = p.trans_b != 0
      for outer in 0..<(transposed ? n : k) {
        let stored = storedWeights(p, type, row: outer)
        for inner in 0..<(transposed ? k : n) {
          let (l, j) = transposed ? (inner, outer) : (outer, inner)
          values[j] += x[l] * stored[inner]
          magnitudes[j] += (isRounded ? largest : abs(x[l])) * abs(stored[inner])
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

  /// Row `row` of op(A).
  public static func activations(_ p: hone_gemm, row: Int) -> [Double] {
    guard let a = floats(p.a) else { return [Double](repeating: 0, count: Int(p.k)) }
    return (0..<Int(p.k)).map {
      Double(p.trans_a == 0 ? a[row * Int(p.lda) + $0] : a[$0 * Int(p.lda) + row])
    }
  }

  static func floats(_ p: UnsafeRawPointer?) -> UnsafePointer<Float>? {
    p?.assumingMemoryBound(to: Float.self)
  }
}
