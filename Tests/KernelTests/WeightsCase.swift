// WeightsCase.swift: one GEMM with packed weights: guarded operands, run on a row, compared with the oracle.

import CHoneKernel
import HoneBackends
import KernelReference

struct WeightsCase: CustomStringConvertible {
  var m: Int
  var n: Int
  var k: Int
  var transA = false
  var transB = true
  var alpha = 1.0
  var beta = 0.0
  var padding = 0
  var group = 0
  var hasZeros = false
  /// HONE_COMPUTE_*.
  var compute: Int32 = 0
  /// How many NaN and infinities are strewn over A.
  var specials = 0
  var threads = 1
  var epilogue = EpilogueCase()
  /// Of A and of C.
  var types: (a: StoredType, c: StoredType) = (.f32, .f32)

  var description: String {
    "\(m)x\(n)x\(k) \(transA ? "t" : "n")\(transB ? "t" : "n") alpha \(alpha) beta \(beta) padding \(padding) "
      + "group \(group) zeros \(hasZeros) compute \(compute) specials \(specials) threads \(threads) \(epilogue)"
  }

  /// Exact in every type.
  static let poison: Float = -12352

  /// Sizes around panels of 8 to 64 columns and units of 8 steps.
  static func random(
    _ random: inout some RandomNumberGenerator,
    types: (a: StoredType, b: StoredType, c: StoredType), compute: Int32
  ) -> WeightsCase {
    let type = types.b
    let columns = [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 129, 130]
    let scales = [1, 1, 1, 0, -1, 0.5]
    return WeightsCase(
      m: [0, 1, 2, 3, 4, 5, 7, 9, 16, 17].randomElement(using: &random)!,
      n: columns.randomElement(using: &random)!,
      k: (columns + [32, 96, 100, 200]).randomElement(using: &random)!,
      transA: .random(using: &random), transB: .random(using: &random),
      alpha: scales.randomElement(using: &random)!, beta: scales.randomElement(using: &random)!,
      padding: [0, 0, 2, 6].randomElement(using: &random)!,
      group: type.isScaled ? [0, 32, 64, 128].randomElement(using: &random)! : 0,
      hasZeros: type.isScaled && Bool.random(using: &random), compute: compute,
      specials: compute == HONE_COMPUTE_S8 ? 0 : [0, 0, 0, 2].randomElement(using: &random)!,
      threads: [1, 1, 2, 3].randomElement(using: &random)!, epilogue: .random(&random),
      types: (types.a, types.c))
  }
}

/// Operands in guarded memory: A, B with its scales and zero points, C. B's plain form has no guard of its own.
final class WeightsOperands {
  let type: StoredType
  let a: TypedGuard
  let b: [UInt8]
  let scales: [UInt8]
  let zeros: [UInt8]
  let c: TypedGuard
  let extras: EpilogueOperands
  var problem: hone_gemm

  init(_ test: WeightsCase, _ type: StoredType, _ random: inout some RandomNumberGenerator) {
    self.type = type
    let (aRows, aColumns) = test.transA ? (test.k, test.m) : (test.m, test.k)
    let (bRows, bColumns) = test.transB ? (test.n, test.k) : (test.k, test.n)
    let (lda, ldc) = (aColumns + test.padding, test.n + test.padding)
    let ldb = (bColumns + 1) / 2 * 2 + test.padding
    a = TypedGuard(
      count: aRows == 0 || aColumns == 0 ? 0 : (aRows - 1) * lda + aColumns, test.types.a)
    for index in 0..<a.count { a[index] = Float(Int.random(in: -8...8, using: &random)) / 2 }
    for _ in 0..<test.specials where a.count > 0 {
      a[Int.random(in: 0..<a.count, using: &random)] =
        [Float.nan, .infinity, -.infinity].randomElement(using: &random)!
    }
    b = Self.elements(bRows * ldb, type, &random)
    let groups = test.group > 0 ? (test.k + test.group - 1) / test.group : 1
    scales = Self.scales(groups * test.n, isHalf: test.group > 0, &random)
    zeros = (0..<groups * test.n).map { _ in
      UInt8(truncatingIfNeeded: Int.random(in: type == .s4 ? 0...15 : -128...127, using: &random))
    }
    c = TypedGuard(
      count: test.m == 0 || test.n == 0 ? 0 : (test.m - 1) * ldc + test.n, test.types.c)
    for index in 0..<c.count {
      let isPadding = index % ldc >= test.n
      let value = Float(Int.random(in: -8...8, using: &random))
      c[index] = isPadding ? WeightsCase.poison : test.beta == 0 ? .nan : value
    }
    extras = EpilogueOperands(test.epilogue, m: test.m, n: test.n, type: test.types.c, &random)
    problem = hone_gemm()
    problem.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
    (problem.m, problem.n, problem.k) = (Int64(test.m), Int64(test.n), Int64(test.k))
    (problem.lda, problem.ldb, problem.ldc) = (Int64(lda), Int64(ldb), Int64(ldc))
    (problem.trans_a, problem.trans_b) = (test.transA ? 1 : 0, test.transB ? 1 : 0)
    (problem.alpha, problem.beta) = (test.alpha, test.beta)
    problem.a = UnsafeRawPointer(a.bytes.base)
    problem.c = UnsafeMutableRawPointer(c.bytes.base)
    (problem.group, problem.zero_points) = (Int64(test.group), test.hasZeros ? 1 : 0)
    problem.compute = test.compute
    (problem.a_type, problem.c_type) = (Self.code(test.types.a), Self.code(test.types.c))
    extras.put(test.epilogue, into: &problem)
  }

  private static func code(_ type: StoredType) -> Int32 {
    [.bf16: Int32(HONE_TYPE_BF16), .f16: Int32(HONE_TYPE_F16)][type] ?? Int32(HONE_TYPE_F32)
  }

  /// Calls the body with B, scales and zero points in place.
  func withWeights<R>(_ body: (inout hone_gemm) -> R) -> R {
    b.withUnsafeBytes { b in
      scales.withUnsafeBytes { scales in
        zeros.withUnsafeBufferPointer { zeros in
          var plain = problem
          plain.b = b.baseAddress
          plain.b_scales = type.isScaled ? scales.baseAddress : nil
          plain.b_zeros = plain.zero_points == 0 ? nil : zeros.baseAddress
          return body(&plain)
        }
      }
    }
  }

  private static func elements(
    _ count: Int, _ type: StoredType, _ random: inout some RandomNumberGenerator
  ) -> [UInt8] {
    if type == .f32 {
      return (0..<count).flatMap { _ in
        withUnsafeBytes(of: Float.random(in: -2...2, using: &random), Array.init)
      }
    }
    guard type == .f16 || type == .bf16 else {
      return (0..<(count * type.bits + 7) / 8).map { _ in .random(in: 0...255, using: &random) }
    }
    return (0..<count).flatMap { _ -> [UInt8] in
      // All values of either type that are numbers of a usual size, subnormals of binary16 among them.
      let value =
        Float.random(in: -2...2, using: &random) * (Bool.random(using: &random) ? 1 : 1e-6)
      let bits =
        type == .f16
        ? Float16(value).bitPattern : UInt16(truncatingIfNeeded: value.bitPattern >> 16)
      return [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)]
    }
  }

  private static func scales(
    _ count: Int, isHalf: Bool, _ random: inout some RandomNumberGenerator
  ) -> [UInt8] {
    (0..<count).flatMap { _ -> [UInt8] in
      let scale = Float.random(in: 0.01...0.1, using: &random)
      return isHalf
        ? withUnsafeBytes(of: Float16(scale).bitPattern, Array.init)
        : withUnsafeBytes(of: scale, Array.init)
    }
  }
}

extension WeightsCase {
  /// Packs B, runs the row and returns what is wrong, or nil.
  func failure(
    on row: KernelRow, _ type: StoredType, _ parameters: [Int64],
    _ random: inout some RandomNumberGenerator
  ) -> String? {
    let operands = WeightsOperands(self, type, &random)
    return operands.withWeights { problem in
      let initial = UnsafeRawPointer(operands.c.bytes.base)
      let expected = (0..<m).map { Reference.gemmRow(problem, type, initial: initial, row: $0) }
      let packed = GuardedBuffer<UInt8>(count: row.packedBytes(&problem))
      let code = row.pack(&problem, into: packed.base)
      guard code == HONE_KERNEL_OK else { return "packing answered \(code)" }
      problem.b = UnsafeRawPointer(packed.base)
      problem.packed_b = 1
      (problem.b_scales, problem.b_zeros) = (nil, nil)
      let bytes = row.workspaceBytes(&problem, parameters, threads: threads)
      let workspace = GuardedBuffer<UInt8>(count: bytes)
      let answer = TestTeam.run(
        row, &problem, parameters,
        workspace: bytes == 0 ? nil : UnsafeMutableRawPointer(workspace.base), threads: threads)
      guard answer == HONE_KERNEL_OK else { return "answered \(answer)" }
      return firstDifference(
        operands.c, expected, Reference.roundingOfA(problem) + Reference.roundingOfC(problem))
    }
  }

  private func firstDifference(
    _ c: TypedGuard, _ reference: [(values: [Double], magnitudes: [Double])],
    _ rounding: Double
  ) -> String? {
    let ld = n + padding
    for index in 0..<c.count {
      let (i, j) = (index / ld, index % ld)
      let value = c[index]
      if j >= n {
        if value != WeightsCase.poison { return "wrote into the padding of row \(i)" }
        continue
      }
      let expected = reference[i].values[j]
      if expected.isNaN ? value.isNaN : Double(value) == expected { continue }
      let allowed =
        GEMMCase.tolerance(k: k + 8, magnitude: reference[i].magnitudes[j])
        + rounding * reference[i].magnitudes[j] + (types.c == .f16 ? 0x1p-25 : 0)
      let isClose = expected.isFinite && (Double(value) - expected).magnitude <= allowed
      if !isClose { return "C[\(i), \(j)] is \(value), not \(expected)" }
    }
    return nil
  }
}
