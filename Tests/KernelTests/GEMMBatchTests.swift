// GEMMBatchTests.swift: many small products in one call, with every kind of stride between them.

import CHoneKernel
import HoneBackends
import KernelReference
import Testing

@Suite("Batched GEMM conformance")
struct GEMMBatchTests {
  static let rows = KernelLibraries.rows("gemm", types: "f32").filter {
    ["direct", "naive"].contains($0.row.algorithm)
  }

  @Test("rows that read operands where they lie exist for this CPU")
  func rowsExist() { #expect(Self.rows.count >= 2) }

  @Test("every product of a batch is as the oracle has it, inside its operands", arguments: rows)
  func products(_ each: RowCase) {
    var random = SplitMix64(seed: 11)
    for _ in 0..<60 {
      let test = BatchCase(&random)
      let failure = test.failure(on: each.row, each.row.randomParameters(&random), &random)
      #expect(failure == nil, "\(test)")
    }
  }

  @Test("a batch has no epilogue, and its products do not overlap", arguments: rows)
  func refusals(_ each: RowCase) {
    let breakages: [(Int32, (inout hone_gemm) -> Void)] = [
      (Int32(HONE_KERNEL_BAD_ARGUMENT), { $0.batch = -1 }),
      (Int32(HONE_KERNEL_BAD_ARGUMENT), { $0.c_batch_stride = 3 * 4 - 1 }),
      (Int32(HONE_KERNEL_BAD_ARGUMENT), { $0.a_batch_stride = -1 }),
      (Int32(HONE_KERNEL_UNSUPPORTED), { $0.has_bias = 1 }),
      (Int32(HONE_KERNEL_UNSUPPORTED), { $0.activation = Int32(HONE_ACTIVATION_RELU) }),
    ]
    for (answer, breakage) in breakages {
      var problem = BatchCase.sizes(m: 3, n: 4, k: 5, batch: 2)
      #expect(each.row.check(&problem, each.row.defaults) != answer)
      breakage(&problem)
      #expect(each.row.check(&problem, each.row.defaults) == answer)
    }
  }

  @Test("rows that pack decline a batch", arguments: KernelLibraries.rows("gemm", types: "f32"))
  func others(_ each: RowCase) {
    guard !["direct", "naive"].contains(each.row.algorithm) else { return }
    var problem = BatchCase.sizes(m: 300, n: 400, k: 500, batch: 2)
    #expect(each.row.check(&problem, each.row.defaults) == HONE_KERNEL_UNSUPPORTED)
  }
}

private struct BatchCase: CustomStringConvertible {
  var problem: hone_gemm
  var threads: Int

  init(_ random: inout some RandomNumberGenerator) {
    let sizes = [0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 48, 64]
    func size() -> Int { sizes.randomElement(using: &random)! }
    var p = Self.sizes(m: size(), n: size(), k: size(), batch: .random(in: 1...7, using: &random))
    (p.trans_a, p.trans_b) = (
      .random(in: 0...1, using: &random), .random(in: 0...1, using: &random)
    )
    p.alpha = [0, 1, -1, 0.5, 1].randomElement(using: &random)!
    p.beta = [0, 1, 0.5].randomElement(using: &random)!
    func pad() -> Int64 { [0, 0, 1, 5].randomElement(using: &random)! }
    p.lda = (p.trans_a == 0 ? p.k : p.m) + pad()
    p.ldb = (p.trans_b == 0 ? p.n : p.k) + pad()
    p.ldc = p.n + pad()
    // 0: one matrix for the whole batch.
    p.a_batch_stride =
      [0, 1, 1].randomElement(using: &random)! * (Self.stored(p).a * p.lda + pad())
    p.b_batch_stride =
      [0, 1, 1].randomElement(using: &random)! * (Self.stored(p).b * p.ldb + pad())
    p.c_batch_stride = p.m * p.ldc + pad()
    (problem, threads) = (p, [1, 2, 3].randomElement(using: &random)!)
  }

  static func sizes(m: Int, n: Int, k: Int, batch: Int) -> hone_gemm {
    var p = hone_gemm()
    p.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
    (p.m, p.n, p.k, p.batch) = (Int64(m), Int64(n), Int64(k), Int64(batch))
    (p.lda, p.ldb, p.ldc, p.alpha) = (p.k, p.n, p.n, 1)
    (p.a_batch_stride, p.b_batch_stride, p.c_batch_stride) = (p.m * p.k, p.k * p.n, p.m * p.n)
    return p
  }

  /// Rows as stored.
  private static func stored(_ p: hone_gemm) -> (a: Int64, b: Int64) {
    (p.trans_a == 0 ? p.m : p.k, p.trans_b == 0 ? p.k : p.n)
  }

  var description: String {
    let p = problem
    return
      "\(p.batch) of \(p.m)x\(p.n)x\(p.k) trans \(p.trans_a)\(p.trans_b) alpha \(p.alpha) beta \(p.beta) "
      + "ld \(p.lda) \(p.ldb) \(p.ldc) strides \(p.a_batch_stride) \(p.b_batch_stride) \(p.c_batch_stride) "
      + "threads \(threads)"
  }

  /// `batch` matrices that end at a guard page: nothing behind the last element of the last one.
  private func matrices(
    _ rows: Int64, _ columns: Int64, _ ld: Int64, _ stride: Int64,
    _ random: inout some RandomNumberGenerator
  ) -> GuardedBuffer<Float> {
    let one = rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns
    let buffer = GuardedBuffer<Float>(count: one == 0 ? 0 : Int((problem.batch - 1) * stride + one))
    // Halves of small integers: sums are exact in any order.
    for index in 0..<buffer.count {
      buffer.base[index] = Float(Int.random(in: -8...8, using: &random)) / 2
    }
    return buffer
  }

  func failure(
    on row: KernelRow, _ parameters: [Int64], _ random: inout some RandomNumberGenerator
  ) -> String? {
    var p = problem
    let stored = Self.stored(p)
    let a = matrices(stored.a, p.trans_a == 0 ? p.k : p.m, p.lda, p.a_batch_stride, &random)
    let b = matrices(stored.b, p.trans_b == 0 ? p.n : p.k, p.ldb, p.b_batch_stride, &random)
    let c = matrices(p.m, p.n, p.ldc, p.c_batch_stride, &random)
    (p.a, p.b, p.c) = (UnsafeRawPointer(a.base), UnsafeRawPointer(b.base), .init(c.base))
    let expected = expectation(p, c)
    let bytes = row.workspaceBytes(&p, parameters, threads: threads)
    let workspace = GuardedBuffer<UInt8>(count: bytes)
    let answer = TestTeam.run(
      row, &p, parameters,
      workspace: bytes == 0 ? nil : UnsafeMutableRawPointer(workspace.base), threads: threads)
    guard answer == HONE_KERNEL_OK else { return "answered \(answer)" }
    let wrong = (0..<c.count).first { c.base[$0] != expected[$0] }
    return wrong.map { "C's float \($0) is \(c.base[$0]), not \(expected[$0])" }
  }

  /// All of C, gaps included, which stay as they are.
  private func expectation(_ p: hone_gemm, _ c: GuardedBuffer<Float>) -> [Float] {
    var expected = Array(UnsafeBufferPointer(start: c.base, count: c.count))
    for index in 0..<Int(p.batch) where c.count > 0 {
      var item = p
      item.a = p.a.map { $0 + 4 * index * Int(p.a_batch_stride) }
      item.b = p.b.map { $0 + 4 * index * Int(p.b_batch_stride) }
      let start = index * Int(p.c_batch_stride)
      for i in 0..<Int(p.m) {
        let row = Reference.gemmRow(item, initial: UnsafeRawPointer(c.base + start), row: i).values
        for j in 0..<Int(p.n) { expected[start + i * Int(p.ldc) + j] = Float(row[j]) }
      }
    }
    return expected
  }
}
