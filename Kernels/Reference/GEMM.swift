// GEMM.swift: the oracle of GEMM: one row of C in Double, by the definition.

public import CHoneKernel

/// Double oracles over the structs of hone_kernel.h. Slow and plain: their only virtue is to be right.
public enum Reference {
  /// One row of `activation(alpha * op(A) * op(B) + beta * C + bias) + residual`, and for each element the sum of the magnitudes of
  /// its terms, which is what rounding errors are proportional to. Where the activations may be rounded (HONE_COMPUTE_S8), A's largest
  /// magnitude in the row takes the place of each element's: its steps are in proportion to that.
  /// - Parameters:
  ///   - type: of B's elements as stored.
  ///   - initial: what C held before (leading dimension ldc); not read where beta is 0.
  ///   - row: 0 ..< m.
  /// - Returns: n values and n magnitudes.
  public static func gemmRow(
    _ p: hone_gemm, _ type: StoredType = .f32, initial: UnsafeRawPointer?, row: Int
  ) -> (values: [Double], magnitudes: [Double]) {
    var sums = [GEMMRowSums(p, row: row, initial: initial)]
    addProducts(p, type, to: &sums)
    sums[0].finish(p)
    return (sums[0].values, sums[0].magnitudes)
  }

  /// `alpha * op(A) * op(B)` added to all of `sums`, while B is decoded and read once, in the order in which it is stored: the oracle of
  /// a large matrix would be unbearable otherwise.
  /// - Parameters:
  ///   - range: the stored rows of B to add; nil for all.
  ///   - visit: sees each stored row of B as well, with its number.
  public static func addProducts(
    _ p: hone_gemm, _ type: StoredType, of range: Range<Int>? = nil, to sums: inout [GEMMRowSums],
    visit: (Int, UnsafeBufferPointer<Double>) -> Void = { _, _ in }
  ) {
    // BLAS: with alpha 0 neither A nor B is read.
    guard p.alpha != 0, p.k > 0, p.a != nil, p.b != nil else { return }
    for row in range ?? 0..<Int(p.trans_b != 0 ? p.n : p.k) {
      storedWeights(p, type, row: row).withUnsafeBufferPointer { stored in
        for index in sums.indices {
          if p.trans_b != 0 {
            sums[index].addDot(stored, column: row)
          } else {
            sums[index].addScaled(stored, step: row)
          }
        }
        visit(row, stored)
      }
    }
  }

  /// Row `row` of op(A): bytes with their zero point and scale.
  public static func activations(_ p: hone_gemm, row: Int) -> [Double] {
    guard let a = p.a else { return [Double](repeating: 0, count: Int(p.k)) }
    let type = StoredType(p.a_type)
    let (scale, zero) = byteScale(p, row)
    return (0..<Int(p.k)).map {
      let at = p.trans_a == 0 ? row * Int(p.lda) + $0 : $0 * Int(p.lda) + row
      return (element(a, type, at) - zero) * scale
    }
  }

  /// What a row of A in bytes is multiplied by, and the byte that means 0; 1 and 0 for other types.
  private static func byteScale(_ p: hone_gemm, _ row: Int) -> (scale: Double, zero: Double) {
    guard p.a_type == Int32(HONE_TYPE_U8) || p.a_type == Int32(HONE_TYPE_S8) else { return (1, 0) }
    let at = p.a_row_scales != 0 ? row : 0
    let scale = p.c_type == Int32(HONE_TYPE_S32) ? 1 : p.a_scales.map { Double($0[at]) } ?? 1
    return (scale, p.a_zero_points == 0 ? 0 : p.a_zeros.map { Double($0[at]) } ?? 0)
  }

  /// Element `at` of a C (or a residual) of this problem.
  public static func result(_ p: hone_gemm, _ c: UnsafeRawPointer, _ at: Int) -> Double {
    element(c, StoredType(p.c_type), at)
  }

  /// Row `row` of a C (or a residual, with its leading dimension) of this problem: n elements.
  public static func results(
    _ p: hone_gemm, _ c: UnsafeRawPointer, row: Int, leading: Int64
  ) -> [Double] {
    elements(c, StoredType(p.c_type), row * Int(leading), Int(p.n))
  }

  /// What rounding of A may add to an element's error, relative to the sum of magnitudes: half a step of 1/127 of a row's largest
  /// value (HONE_COMPUTE_S8), half a unit in the last of eight bits (HONE_COMPUTE_BF16).
  public static func roundingOfA(_ p: hone_gemm) -> Double {
    switch p.compute {
    case Int32(HONE_COMPUTE_S8): 0.501 / 127
    case Int32(HONE_COMPUTE_BF16): 0x1.01p-8
    default: 0
    }
  }

  static func floats(_ p: UnsafeRawPointer?) -> UnsafePointer<Float>? {
    p?.assumingMemoryBound(to: Float.self)
  }

  /// What the last step may add: rounding of C to its type, half a unit in the last place; the activation's own error.
  public static func roundingOfC(_ p: hone_gemm) -> Double {
    let activation = p.activation == Int32(HONE_ACTIVATION_NONE) ? 0 : 0x1p-21
    switch p.c_type {
    case Int32(HONE_TYPE_BF16): return 0x1.01p-8 + activation
    case Int32(HONE_TYPE_F16): return 0x1.01p-11 + activation
    default: return activation
    }
  }
}

/// One row of C on its way: `initial` times beta, then product by product.
public struct GEMMRowSums {
  public let row: Int
  public private(set) var values: [Double]
  public private(set) var magnitudes: [Double]
  /// alpha * A's row, and the magnitude that its elements count with.
  private let x: [Double]
  private let weights: [Double]

  public init(_ p: hone_gemm, row: Int, initial: UnsafeRawPointer?) {
    self.row = row
    x = Reference.activations(p, row: row).map { p.alpha * $0 }
    let largest = x.reduce(0) { max($0, abs($1)) }
    weights = p.compute == Int32(HONE_COMPUTE_S8) ? x.map { _ in largest } : x.map { abs($0) }
    values = [Double](repeating: 0, count: Int(p.n))
    if p.beta != 0, let initial {
      values = values.indices.map {
        p.beta * Reference.result(p, initial, row * Int(p.ldc) + $0)
      }
    }
    magnitudes = values.map { abs($0) }
  }

  /// The same row with nothing added yet, for a part of the products.
  public func cleared() -> GEMMRowSums {
    var row = self
    row.values = [Double](repeating: 0, count: values.count)
    row.magnitudes = row.values
    return row
  }

  /// Another part of the products.
  public mutating func add(_ part: GEMMRowSums) {
    for j in values.indices {
      values[j] += part.values[j]
      magnitudes[j] += part.magnitudes[j]
    }
  }

  /// Bias, activation, residual. No activation is steeper than 1.13, so magnitudes grow by that.
  public mutating func finish(_ p: hone_gemm) {
    for j in values.indices {
      if p.has_bias != 0, let bias = p.bias {
        values[j] += Double(bias[j])
        magnitudes[j] += Double(bias[j]).magnitude
      }
      if p.activation != Int32(HONE_ACTIVATION_NONE) {
        values[j] = Reference.activated(values[j], p.activation)
        magnitudes[j] *= 1.13
      }
      if p.has_residual != 0, let residual = p.residual {
        let term = Reference.result(p, residual, row * Int(p.ldr) + j)
        values[j] += term
        magnitudes[j] += term.magnitude
      }
    }
  }

  /// A row of op(B): one product for each column.
  mutating func addScaled(_ stored: UnsafeBufferPointer<Double>, step: Int) {
    let (factor, weight) = (x[step], weights[step])
    for j in values.indices {
      values[j] += factor * stored[j]
      magnitudes[j] += weight * abs(stored[j])
    }
  }

  /// A column of op(B): all products of one element.
  mutating func addDot(_ stored: UnsafeBufferPointer<Double>, column: Int) {
    // Eight chains of sums: one would wait for each addition.
    var (sums, sizes) = (SIMD8<Double>(), SIMD8<Double>())
    let whole = stored.count & ~7
    for l in stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 {
        sums[lane] += x[l + lane] * stored[l + lane]
        sizes[lane] += weights[l + lane] * abs(stored[l + lane])
      }
    }
    values[column] += sums.sum()
    magnitudes[column] += sizes.sum()
    for l in whole..<stored.count {
      values[column] += x[l] * stored[l]
      magnitudes[column] += weights[l] * abs(stored[l])
    }
  }
}
