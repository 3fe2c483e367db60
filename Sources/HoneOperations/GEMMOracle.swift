// GEMMOracle.swift: is this C right? Every element of small products; sampled rows and a random projection of large ones.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// What C must be, computed once for a set of operands.
///
/// An element's error is given relative to the sum of the magnitudes of its terms; any order of summation in f32 keeps it under
/// about (k + 4) · 2⁻²⁴ (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.5).
/// Above 2²⁴ multiply-adds, some rows are compared element by element, and all rows by a projection on a random vector of ±1
/// (Freivalds, 1977): C·r against alpha·A·(B·r) + beta·C₀·r, all in Double. A wrong element shows with probability ≥ ½ for a single vector,
/// practically always when a block is wrong.
final class GEMMOracle {
  let copy: Int
  private let p: hone_gemm
  private let type: StoredType
  private let bound: Double
  private var rows: [Int: (values: [Double], magnitudes: [Double])] = [:]
  private var projection: (signs: [Double], values: [Double], magnitudes: [Double])?

  init(_ p: hone_gemm, _ type: StoredType, initial: UnsafePointer<Float>?, copy: Int) {
    (self.p, self.type) = (p, type)
    self.copy = copy
    bound = Self.bound(p, type)
    let isSmall = Double(p.m) * Double(p.n) * Double(max(p.k, 1)) <= 0x1p24
    for row in isSmall ? Array(0..<Int(p.m)) : Self.sample(Int(p.m)) {
      rows[row] = Reference.gemmRow(p, type, initial: initial, row: row)
    }
    if !isSmall { projection = project(initial) }
  }

  func proof(c: UnsafePointer<Float>) -> Proof {
    var worst = 0.0
    for (row, expected) in rows {
      for j in 0..<Int(p.n) {
        let error = abs(Double(c[row * Int(p.ldc) + j]) - expected.values[j])
        worst = largest(worst, error, per: expected.magnitudes[j])
      }
    }
    if let projection {
      for row in 0..<Int(p.m) {
        var value = 0.0
        for j in 0..<Int(p.n) { value += projection.signs[j] * Double(c[row * Int(p.ldc) + j]) }
        worst = largest(
          worst, abs(value - projection.values[row]), per: projection.magnitudes[row])
      }
    }
    return Proof(
      oracle: projection == nil ? "double" : "double-sampled+freivalds", error: worst,
      bound: bound, compared: rows.count * Int(p.n))
  }

  /// Rounding of `k` products and sums in f32, of scales where there are some, and of A to steps of 1/127 of a row's largest value
  /// where the problem allows it.
  private static func bound(_ p: hone_gemm, _ type: StoredType) -> Double {
    let roundings = Double(p.k) + (type.isScaled ? 12 : 4)
    let steps = p.compute == Int32(HONE_COMPUTE_S8) ? 0.501 / 127 : 0
    return roundings * 0x1p-24 + steps
  }

  /// First, last, and six in between.
  private static func sample(_ m: Int) -> [Int] {
    var generator = SeededGenerator(seed: UInt64(m))
    return Array(Set([0, m - 1] + (0..<6).map { _ in Int.random(in: 0..<m, using: &generator) }))
  }

  private func project(_ initial: UnsafePointer<Float>?)
    -> (signs: [Double], values: [Double], magnitudes: [Double])
  {
    let (m, n, k) = (Int(p.m), Int(p.n), Int(p.k))
    var generator = SeededGenerator(seed: 0xF12E)
    let signs = (0..<n).map { _ in generator.next() & 1 == 0 ? 1.0 : -1.0 }
    var (product, magnitude) = ([Double](repeating: 0, count: k), [Double](repeating: 0, count: k))
    let transposed = p.trans_b != 0
    for outer in 0..<(transposed ? n : k) {
      let stored = Reference.storedWeights(p, type, row: outer)
      for inner in 0..<(transposed ? k : n) {
        let (l, j) = transposed ? (inner, outer) : (outer, inner)
        product[l] += stored[inner] * signs[j]
        magnitude[l] += abs(stored[inner])
      }
    }
    var (values, magnitudes) = ([Double](repeating: 0, count: m), [Double](repeating: 0, count: m))
    let isRounded = p.compute == Int32(HONE_COMPUTE_S8)
    for i in 0..<m {
      let x = Reference.activations(p, row: i).map { p.alpha * $0 }
      let largest = x.reduce(0) { max($0, abs($1)) }
      for l in 0..<k {
        values[i] += x[l] * product[l]
        magnitudes[i] += (isRounded ? largest : abs(x[l])) * magnitude[l]
      }
      guard p.beta != 0, let initial else { continue }
      for j in 0..<n {
        let term = p.beta * Double(initial[i * Int(p.ldc) + j])
        values[i] += term * signs[j]
        magnitudes[i] += abs(term)
      }
    }
    return (signs, values, magnitudes)
  }
}

/// The larger of two relative errors; a NaN stays, and anything but 0 against a magnitude of 0 is infinite.
func largest(_ worst: Double, _ error: Double, per magnitude: Double) -> Double {
  let relative = error == 0 ? 0 : error / magnitude
  return relative.isNaN || worst.isNaN ? .nan : max(worst, relative)
}
