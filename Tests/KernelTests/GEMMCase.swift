// GEMMCase.swift: one GEMM with guarded operands: made, run on a row, compared with the oracle.

import CHoneKernel
import HoneBackends
import KernelReference

/// The sizes and settings of a GEMM; `padding` elements are added to each leading dimension.
struct GEMMCase: CustomStringConvertible {
  var m: Int
  var n: Int
  var k: Int
  var transA = false
  var transB = false
  var alpha = 1.0
  var beta = 0.0
  var padding = 0
  /// How many NaN and infinities are strewn over A and B.
  var specials = 0
  var threads = 1
  var epilogue = EpilogueCase()

  var description: String {
    "\(m)x\(n)x\(k) \(transA ? "t" : "n")\(transB ? "t" : "n") alpha \(alpha) beta \(beta) "
      + "padding \(padding) specials \(specials) threads \(threads) \(epilogue)"
  }

  static let poison: Float = -12345.678

  static func random(_ random: inout some RandomNumberGenerator, tile: (rows: Int, columns: Int))
    -> GEMMCase
  {
    let common = [0, 1, 2, 3, 5, 7, 13, 16, 17, 31, 33, 37, 64, 65]
    func near(_ tile: Int) -> [Int] {
      tile == 0 ? [] : [tile - 1, tile, tile + 1, 2 * tile, 2 * tile + 1, 3 * tile - 1]
    }
    let depths = common + [63, 66, 100, 129, 140]
    let scales = [0, 1, -1, 0.5]
    return GEMMCase(
      m: (common + near(tile.rows) + near(tile.rows)).randomElement(using: &random)!,
      n: (common + near(tile.columns)).randomElement(using: &random)!,
      k: depths.randomElement(using: &random)!,
      transA: .random(using: &random), transB: .random(using: &random),
      alpha: (scales + [1, 1]).randomElement(using: &random)!,
      beta: scales.randomElement(using: &random)!,
      padding: [0, 0, 1, 5].randomElement(using: &random)!,
      specials: [0, 0, 0, 2].randomElement(using: &random)!,
      threads: [1, 1, 2, 3].randomElement(using: &random)!, epilogue: .random(&random))
  }
}

/// Operands in guarded memory for a case.
final class GEMMOperands {
  let a: GuardedBuffer<Float>
  let b: GuardedBuffer<Float>
  let c: GuardedBuffer<Float>
  let extras: EpilogueOperands
  var problem: hone_gemm

  init(_ test: GEMMCase, _ random: inout some RandomNumberGenerator) {
    let (aRows, aColumns) = test.transA ? (test.k, test.m) : (test.m, test.k)
    let (bRows, bColumns) = test.transB ? (test.n, test.k) : (test.k, test.n)
    a = GEMMOperands.matrix(aRows, aColumns, test, &random)
    b = GEMMOperands.matrix(bRows, bColumns, test, &random)
    var plain = test
    plain.specials = 0
    c = GEMMOperands.matrix(test.m, test.n, plain, &random)
    if test.beta == 0 {
      for i in 0..<test.m {
        for j in 0..<test.n { c.base[i * (test.n + test.padding) + j] = .nan }
      }
    }
    extras = EpilogueOperands(test.epilogue, m: test.m, n: test.n, type: .f32, &random)
    problem = hone_gemm()
    problem.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
    (problem.m, problem.n, problem.k) = (Int64(test.m), Int64(test.n), Int64(test.k))
    problem.lda = Int64(aColumns + test.padding)
    problem.ldb = Int64(bColumns + test.padding)
    problem.ldc = Int64(test.n + test.padding)
    (problem.trans_a, problem.trans_b) = (test.transA ? 1 : 0, test.transB ? 1 : 0)
    (problem.alpha, problem.beta) = (test.alpha, test.beta)
    problem.a = UnsafeRawPointer(a.base)
    problem.b = UnsafeRawPointer(b.base)
    problem.c = UnsafeMutableRawPointer(c.base)
    extras.put(test.epilogue, into: &problem)
  }

  /// A matrix that ends at its guard page: no padding after the last row. Padding holds `poison`.
  private static func matrix(
    _ rows: Int, _ columns: Int, _ test: GEMMCase, _ random: inout some RandomNumberGenerator
  ) -> GuardedBuffer<Float> {
    let ld = columns + test.padding
    let buffer = GuardedBuffer<Float>(
      count: rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns)
    for index in 0..<buffer.count {
      // Halves of small integers: sums are exact in any order, so a wrong index cannot hide in a tolerance.
      let value = Float(Int.random(in: -8...8, using: &random)) / 2
      buffer.base[index] = index % ld < columns ? value : GEMMCase.poison
    }
    for _ in 0..<test.specials where buffer.count > 0 {
      let at = Int.random(in: 0..<rows, using: &random) * ld
      let special = [Float.nan, .infinity, -.infinity].randomElement(using: &random)!
      buffer.base[at + Int.random(in: 0..<columns, using: &random)] = special
    }
    return buffer
  }
}

extension GEMMCase {
  /// Runs the case on a row and returns what is wrong, or nil.
  func failure(
    on row: KernelRow, _ parameters: [Int64], _ random: inout some RandomNumberGenerator
  ) -> String? {
    let operands = GEMMOperands(self, &random)
    let reference = rows(operands.problem)
    let answer = withUnsafePointer(to: &operands.problem) { problem in
      let bytes = row.workspaceBytes(problem, parameters, threads: threads)
      let workspace = GuardedBuffer<UInt8>(count: bytes)
      return TestTeam.run(
        row, problem, parameters,
        workspace: bytes == 0 ? nil : UnsafeMutableRawPointer(workspace.base),
        threads: threads)
    }
    guard answer == HONE_KERNEL_OK else { return "answered \(answer)" }
    return firstDifference(operands.c, reference, Reference.roundingOfC(operands.problem))
  }

  private func firstDifference(
    _ c: GuardedBuffer<Float>, _ reference: [(values: [Double], magnitudes: [Double])],
    _ rounding: Double
  ) -> String? {
    let ld = n + padding
    for index in 0..<c.count {
      let (i, j) = (index / ld, index % ld)
      let value = c.base[index]
      if j >= n {
        if value != GEMMCase.poison { return "wrote into the padding of row \(i)" }
        continue
      }
      let expected = reference[i].values[j]
      if expected.isNaN ? value.isNaN : Double(value) == expected { continue }
      let allowed =
        GEMMCase.tolerance(k: k, magnitude: reference[i].magnitudes[j])
        + rounding * reference[i].magnitudes[j]
      let isClose = expected.isFinite && (Double(value) - expected).magnitude <= allowed
      if !isClose { return "C[\(i), \(j)] is \(value), not \(expected)" }
    }
    return nil
  }
}

extension GEMMCase {
  /// The oracle's rows, from operands that no run has touched yet.
  private func rows(_ problem: hone_gemm) -> [(values: [Double], magnitudes: [Double])] {
    (0..<m).map { Reference.gemmRow(problem, initial: UnsafeRawPointer(problem.c), row: $0) }
  }

  /// The largest error that `k` steps in float may cause in a value of this magnitude: every product and every sum is
  /// rounded once (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), with a factor of two in hand.
  static func tolerance(k: Int, magnitude: Double) -> Double {
    2 * Double(k + 3) * 0x1p-24 * magnitude + 0x1p-140
  }
}
