// ByteGEMMTests.swift: GEMM whose A comes in bytes, u8 or s8, against the Double oracle: exact where C holds whole numbers.

import CHoneKernel
import HoneBackends
import KernelReference
import Testing

@Suite("GEMM of bytes from outside")
struct ByteGEMMTests {
  static let rows = KernelLibraries.packedRows("gemm").filter { $0.row.isOfBytes }

  @Test("every library has a row for u8 and s8, to f32, bf16 and s32")
  func everyTypeHasARow() {
    for library in KernelLibraries.complete {
      for type in ["u8s8f32", "u8s8bf16", "u8s8s32", "s8s8f32", "s8s8bf16", "s8s8s32"] {
        let has = library.rows.contains { $0.types == type && $0.wantsPacking }
        #expect(has, "\(library.instructionSet) \(type)")
      }
    }
  }

  @Test("computes random problems as the oracle does, inside its operands", arguments: rows)
  func randomProblems(_ each: RowCase) throws {
    var random = SplitMix64(seed: 21)
    let types = try WeightsConformanceTests.types(of: each.row)
    for _ in 0..<50 {
      let test = ByteCase.random(&random, types)
      let parameters = each.row.randomParameters(&random)
      let failure = test.failure(on: each.row, parameters, &random)
      #expect(failure == nil, "\(test) parameters \(parameters)")
    }
  }

  /// -128 times -128 in every place: 2 · 128 · 128 does not fit the 16 bits in which some instructions add pairs.
  @Test("the largest bytes saturate nothing", arguments: rows)
  func extremes(_ each: RowCase) throws {
    var random = SplitMix64(seed: 22)
    let types = try WeightsConformanceTests.types(of: each.row)
    for value in [-128, 127] {
      var test = ByteCase(m: 7, n: 66, k: 516, a: types.a, c: types.c)
      test.every = value
      let failure = test.failure(on: each.row, each.row.defaults, &random)
      #expect(failure == nil, "\(value)")
    }
  }

  @Test("a C of whole numbers refuses what would round it", arguments: rows)
  func refuses(_ each: RowCase) throws {
    let types = try WeightsConformanceTests.types(of: each.row)
    guard types.c == .s32 else { return }
    var random = SplitMix64(seed: 23)
    let operands = ByteOperands(ByteCase(m: 3, n: 5, k: 8, a: types.a, c: types.c), &random)
    for breakage: (inout hone_gemm) -> Void in [
      { $0.alpha = 0.5 }, { $0.beta = 1 }, { $0.activation = 1 }, { $0.group = 32 },
    ] {
      var problem = operands.problem
      breakage(&problem)
      #expect(each.row.check(&problem, each.row.defaults) == HONE_KERNEL_UNSUPPORTED)
    }
  }
}

extension KernelRow {
  /// A comes in bytes.
  var isOfBytes: Bool { types.hasPrefix("u8") || types.hasPrefix("s8") }
}

struct ByteCase: CustomStringConvertible {
  var m: Int
  var n: Int
  var k: Int
  var a: StoredType
  var c: StoredType
  var transA = false
  var transB = true
  var alpha = 1.0
  var beta = 0.0
  var hasZeros = false
  var zerosOfA = false
  var rowScales = true
  var threads = 1
  /// The byte in every place of A and B; nil: any.
  var every: Int?

  var description: String {
    "\(m)x\(n)x\(k) \(transA ? "t" : "n")\(transB ? "t" : "n") alpha \(alpha) beta \(beta) zeros \(zerosOfA) \(hasZeros) "
      + "row scales \(rowScales) threads \(threads)"
  }

  static func random(
    _ random: inout some RandomNumberGenerator,
    _ types: (a: StoredType, b: StoredType, c: StoredType)
  ) -> ByteCase {
    let sizes = [0, 1, 3, 4, 7, 8, 15, 17, 33, 64, 65, 130]
    var test = ByteCase(
      m: [0, 1, 2, 3, 5, 6, 7, 13].randomElement(using: &random)!,
      n: sizes.randomElement(using: &random)!, k: sizes.randomElement(using: &random)!,
      a: types.a, c: types.c)
    (test.transA, test.transB) = (.random(using: &random), .random(using: &random))
    (test.hasZeros, test.zerosOfA) = (.random(using: &random), .random(using: &random))
    test.threads = Int.random(in: 1...3, using: &random)
    guard types.c != .s32 else { return test }
    test.rowScales = .random(using: &random)
    test.alpha = [1, -1, 0.5, 0].randomElement(using: &random)!
    test.beta = [0, 1, 0.5].randomElement(using: &random)!
    return test
  }
}

final class ByteOperands {
  let a: GuardedBuffer<UInt8>
  let b: [UInt8]
  let scales: [Float]
  let zeros: [UInt8]
  let scalesOfA: [Float]
  let zerosOfA: [Int32]
  let c: TypedGuard
  var problem = hone_gemm()

  init(_ test: ByteCase, _ random: inout some RandomNumberGenerator) {
    func byte(_ type: StoredType) -> UInt8 {
      let any = UInt8.random(in: 0...255, using: &random)
      guard let every = test.every else { return any }
      return type == .u8 ? UInt8(every + 128) : UInt8(bitPattern: Int8(every))
    }
    a = GuardedBuffer(count: test.m * test.k)
    for index in 0..<a.count { a.base[index] = byte(test.a) }
    b = (0..<test.n * test.k).map { _ in byte(.s8) }
    scales = (0..<test.n).map { _ in Float.random(in: 0.01...0.1, using: &random) }
    zeros = (0..<test.n).map { _ in UInt8.random(in: 0...255, using: &random) }
    scalesOfA = (0..<max(1, test.m)).map { _ in Float.random(in: 0.01...0.1, using: &random) }
    zerosOfA = (0..<max(1, test.m)).map { _ in
      Int32.random(in: test.a == .u8 ? 0...255 : -128...127, using: &random)
    }
    c = TypedGuard(count: test.m * test.n, test.c == .s32 ? .f32 : test.c)
    for index in 0..<c.count {
      c[index] = test.beta == 0 ? .nan : Float(Int.random(in: -8...8, using: &random))
    }
    problem.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
    (problem.m, problem.n, problem.k) = (Int64(test.m), Int64(test.n), Int64(test.k))
    problem.lda = Int64(test.transA ? test.m : test.k)
    problem.ldb = Int64(test.transB ? test.k : test.n)
    problem.ldc = Int64(test.n)
    (problem.trans_a, problem.trans_b) = (test.transA ? 1 : 0, test.transB ? 1 : 0)
    (problem.alpha, problem.beta) = (test.alpha, test.beta)
    (problem.a, problem.c) = (UnsafeRawPointer(a.base), UnsafeMutableRawPointer(c.bytes.base))
    problem.a_type = Int32(test.a == .u8 ? HONE_TYPE_U8 : HONE_TYPE_S8)
    let types: [StoredType: Int32] = [
      .s32: Int32(HONE_TYPE_S32), .bf16: Int32(HONE_TYPE_BF16), .f16: Int32(HONE_TYPE_F16),
    ]
    problem.c_type = types[test.c] ?? Int32(HONE_TYPE_F32)
    problem.zero_points = test.hasZeros ? 1 : 0
    problem.a_zero_points = test.zerosOfA ? 1 : 0
    problem.a_row_scales = test.rowScales ? 1 : 0
  }

  /// Calls the body with B, scales and zero points in place.
  func withPointers<R>(_ body: (inout hone_gemm) -> R) -> R {
    b.withUnsafeBytes { b in
      scales.withUnsafeBytes { scales in
        zeros.withUnsafeBufferPointer { zeros in
          scalesOfA.withUnsafeBufferPointer { scalesOfA in
            zerosOfA.withUnsafeBufferPointer { zerosOfA in
              var p = problem
              (p.b, p.b_scales) = (b.baseAddress, scales.baseAddress)
              p.b_zeros = p.zero_points == 0 ? nil : zeros.baseAddress
              (p.a_scales, p.a_zeros) = (scalesOfA.baseAddress, zerosOfA.baseAddress)
              return body(&p)
            }
          }
        }
      }
    }
  }
}

extension ByteCase {
  /// Packs B, runs the row and returns what is wrong, or nil.
  func failure(
    on row: KernelRow, _ parameters: [Int64], _ random: inout some RandomNumberGenerator
  ) -> String? {
    let operands = ByteOperands(self, &random)
    return operands.withPointers { problem in
      let c = UnsafeRawPointer(operands.c.bytes.base)
      let expected = (0..<m).map { Reference.gemmRow(problem, .s8, initial: c, row: $0) }
      let packed = GuardedBuffer<UInt8>(count: row.packedBytes(&problem))
      let code = row.pack(&problem, into: packed.base)
      guard code == HONE_KERNEL_OK else { return "packing answered \(code)" }
      (problem.b, problem.packed_b) = (UnsafeRawPointer(packed.base), 1)
      (problem.b_scales, problem.b_zeros) = (nil, nil)
      let bytes = row.workspaceBytes(&problem, parameters, threads: threads)
      let workspace = GuardedBuffer<UInt8>(count: bytes)
      let answer = TestTeam.run(
        row, &problem, parameters,
        workspace: bytes == 0 ? nil : UnsafeMutableRawPointer(workspace.base), threads: threads)
      guard answer == HONE_KERNEL_OK else { return "answered \(answer)" }
      for i in 0..<m {
        let values = Reference.results(problem, c, row: i, leading: problem.ldc)
        for j in 0..<n {
          let (value, right) = (values[j], expected[i].values[j])
          let unit = self.c == .s32 ? 0 : 0x1p-21 + Reference.roundingOfC(problem)
          let isClose = (value - right).magnitude <= unit * expected[i].magnitudes[j]
          if !isClose { return "C[\(i), \(j)] is \(value), not \(right)" }
        }
      }
      return nil
    }
  }
}
