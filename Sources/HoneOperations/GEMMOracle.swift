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
  private let p: hone_gemm
  private let bound: Double
  private var rows: [GEMMRowSums]
  private let projection: GEMMProjection?

  /// - Parameters:
  ///   - p: one product; its `batch` says how many like it are compared, and how many rows of each.
  ///   - allowed: the error that the problem allows, C's own rounding not counted; nil: what roundings in its own precision may cause.
  init(_ p: hone_gemm, _ type: StoredType, initial: UnsafeRawPointer?, allowed: Double? = nil) {
    self.p = p
    bound = allowed.map { $0 + Reference.roundingOfC(p) } ?? Self.bound(p, type)
    let steps = Double(p.m) * Double(p.n) * Double(max(p.k, 1)) * Double(max(p.batch, 1))
    let isSmall = steps <= 0x1p24
    let sample =
      isSmall ? Array(0..<Int(p.m)) : Self.sample(Int(p.m), between: steps > 0x1p31 ? 2 : 6)
    // An activation is not linear: there is nothing to project.
    let projects = sample.count < Int(p.m) && p.activation == Int32(HONE_ACTIVATION_NONE)
    var sums = GEMMOracleSums(
      rows: sample.map { GEMMRowSums(p, row: $0, initial: initial) },
      projection: projects ? GEMMProjection(p) : nil)
    sums.addProducts(p, type, parts: isSmall ? 1 : 4)
    sums.projection?.finish(initial: initial)
    (rows, projection) = (sums.rows, sums.projection)
    for index in rows.indices { rows[index].finish(p) }
  }

  func proof(c: UnsafeRawPointer) -> Proof {
    var worst = 0.0
    for expected in rows {
      let row = Reference.results(p, c, row: expected.row, leading: p.ldc)
      for j in row.indices {
        let error = abs(row[j] - expected.values[j])
        worst = largest(worst, error, per: expected.magnitudes[j])
      }
    }
    if let projection {
      worst = projection.worstError(c: c, after: worst)
    }
    return Proof(
      oracle: projection != nil
        ? "double-sampled+freivalds" : rows.count < Int(p.m) ? "double-sampled" : "double",
      error: worst,
      bound: bound, compared: rows.count * Int(p.n))
  }

  /// Rounding of `k` products and sums in f32, of scales where there are some, and of A where the problem allows it.
  private static func bound(_ p: hone_gemm, _ type: StoredType) -> Double {
    let roundings = Double(p.k) + (type.isScaled ? 12 : 4)
    // The oracle itself adds in Double: its own roundings count as well.
    // Whole numbers are exact.
    let isWide = p.c_type == Int32(HONE_TYPE_F64) || p.c_type == Int32(HONE_TYPE_S32)
    let unit = isWide ? 0x1p-52 : 0x1p-24
    return roundings * unit + Reference.roundingOfA(p) + Reference.roundingOfC(p)
  }

  /// First, last, and some in between: fewer of the largest, whose oracle would take longer than their samples.
  private static func sample(_ m: Int, between count: Int) -> [Int] {
    var generator = SeededGenerator(seed: UInt64(m))
    return Array(
      Set([0, m - 1] + (0..<count).map { _ in Int.random(in: 0..<m, using: &generator) }))
  }
}

/// The larger of two relative errors; a NaN stays, and anything but 0 against a magnitude of 0 is infinite.
func largest(_ worst: Double, _ error: Double, per magnitude: Double) -> Double {
  let relative = error == 0 ? 0 : error / magnitude
  return relative.isNaN || worst.isNaN ? .nan : max(worst, relative)
}
