// GEMMDoubleTests.swift: GEMM in doubles, of every library, at every kind of edge.

import CHoneKernel
import HoneBackends
import Testing

@Suite("GEMM of doubles")
struct GEMMDoubleTests {
  /// Guarded operands of one random problem; halves of small integers, so that sums are exact in any order.
  struct Case {
    var problem = hone_gemm()
    let a: GuardedBuffer<Double>
    let b: GuardedBuffer<Double>
    let c: GuardedBuffer<Double>

    init(_ random: inout SplitMix64) {
      let sizes = [0, 1, 2, 3, 7, 8, 9, 17, 24, 25, 33, 64, 67, 193]
      func size() -> Int { sizes.randomElement(using: &random)! }
      let (m, n, k) = (size(), size(), size())
      let (transA, transB) = (Bool.random(using: &random), Bool.random(using: &random))
      let pad = Int.random(in: 0...3, using: &random)
      func matrix(_ rows: Int, _ columns: Int) -> GuardedBuffer<Double> {
        let isEmpty = rows == 0 || columns == 0
        let buffer = GuardedBuffer<Double>(
          count: isEmpty ? 0 : (rows - 1) * (columns + pad) + columns)
        for index in 0..<buffer.count {
          buffer.base[index] = Double(Int.random(in: -8...8, using: &random)) / 2
        }
        return buffer
      }
      a = transA ? matrix(k, m) : matrix(m, k)
      b = transB ? matrix(n, k) : matrix(k, n)
      c = matrix(m, n)
      problem.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
      (problem.m, problem.n, problem.k) = (Int64(m), Int64(n), Int64(k))
      (problem.lda, problem.ldb) = (Int64((transA ? m : k) + pad), Int64((transB ? k : n) + pad))
      problem.ldc = Int64(n + pad)
      (problem.trans_a, problem.trans_b) = (transA ? 1 : 0, transB ? 1 : 0)
      problem.alpha = [0, 1, -0.5].randomElement(using: &random)!
      problem.beta = [0, 1, 0.5].randomElement(using: &random)!
      (problem.a_type, problem.c_type) = (Int32(HONE_TYPE_F64), Int32(HONE_TYPE_F64))
      problem.a = UnsafeRawPointer(a.base)
      problem.b = UnsafeRawPointer(b.base)
      problem.c = UnsafeMutableRawPointer(c.base)
    }

    var expected: [Double] {
      var result = (0..<c.count).map { c.base[$0] }
      let p = problem
      for i in 0..<Int(p.m) {
        for j in 0..<Int(p.n) {
          var sum = 0.0
          for l in 0..<Int(p.k) {
            let x = a.base[p.trans_a == 0 ? i * Int(p.lda) + l : l * Int(p.lda) + i]
            sum += x * b.base[p.trans_b == 0 ? l * Int(p.ldb) + j : j * Int(p.ldb) + l]
          }
          let at = i * Int(p.ldc) + j
          result[at] = p.alpha * sum + p.beta * result[at]
        }
      }
      return result
    }
  }

  @Test(
    "computes random problems exactly, on 1 to 3 threads, inside its operands",
    arguments: KernelLibraries.rows("gemm", types: "f64"))
  func randomProblems(_ each: RowCase) {
    var random = SplitMix64(seed: 31)
    for round in 0..<80 {
      var test = Case(&random)
      let expected = test.expected
      let threads = round % 3 + 1
      let parameters = each.row.randomParameters(&random)
      let bytes = each.row.workspaceBytes(&test.problem, parameters, threads: threads)
      let workspace = GuardedBuffer<UInt8>(count: bytes)
      if test.problem.beta == 0 {
        for i in 0..<Int(test.problem.m) {
          for j in 0..<Int(test.problem.n) { test.c.base[i * Int(test.problem.ldc) + j] = .nan }
        }
      }
      let answer = TestTeam.run(
        each.row, &test.problem, parameters, workspace: workspace.base, threads: threads)
      #expect(answer == HONE_KERNEL_OK)
      let isRight = (0..<test.c.count).allSatisfy { test.c.base[$0] == expected[$0] }
      #expect(isRight, "\(test.problem.m)x\(test.problem.n)x\(test.problem.k)")
    }
  }

  @Test(
    "refuses floats and epilogues", arguments: KernelLibraries.rows("gemm", types: "f64"))
  func refusals(_ each: RowCase) {
    var random = SplitMix64(seed: 32)
    let breakages: [(inout hone_gemm) -> Void] = [
      { $0.a_type = 0 }, { $0.c_type = 1 }, { $0.activation = 1 },
    ]
    for breakage in breakages {
      var test = Case(&random)
      breakage(&test.problem)
      #expect(each.row.check(&test.problem, each.row.defaults) == HONE_KERNEL_UNSUPPORTED)
    }
  }
}
