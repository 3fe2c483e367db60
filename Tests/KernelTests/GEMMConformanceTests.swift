// GEMMConformanceTests.swift: every GEMM row of every library against the Double oracle, at every kind of edge.

import CHoneKernel
import HoneBackends
import Testing

@Suite("GEMM conformance")
struct GEMMConformanceTests {
  @Test("a library of GEMM kernels was built for this CPU")
  func librariesExist() {
    #expect(!KernelLibraries.rows("gemm", types: "f32").isEmpty)
    #expect(KernelLibraries.runnable.count == KernelLibraries.instructionSets.count)
  }

  @Test(
    "computes random problems as the oracle does, inside its operands",
    arguments: KernelLibraries.rows("gemm", types: "f32"))
  func randomProblems(_ each: RowCase) {
    var random = SplitMix64(seed: 1)
    for _ in 0..<60 {
      let test = GEMMCase.random(&random, tile: each.row.tile)
      let parameters = each.row.randomParameters(&random)
      let failure = test.failure(on: each.row, parameters, &random)
      #expect(failure == nil, "\(test) parameters \(parameters)")
    }
  }

  @Test(
    "computes every transpose, beta and small size as the oracle does",
    arguments: KernelLibraries.rows("gemm", types: "f32"))
  func smallProblems(_ each: RowCase) {
    var random = SplitMix64(seed: 2)
    let sizes = [0, 1, 2, 5, 9]
    for index in 0..<(4 * 4 * 125) {
      let test = GEMMCase(
        m: sizes[index / 16 % 5], n: sizes[index / 80 % 5], k: sizes[index / 400 % 5],
        transA: index & 1 != 0, transB: index & 2 != 0, beta: [0, 1, -1, 0.5][index / 4 % 4],
        padding: index % 3)
      let failure = test.failure(on: each.row, each.row.defaults, &random)
      #expect(failure == nil, "\(test)")
    }
  }

  @Test(
    "a NaN in C survives beta = 1 and is overwritten by beta = 0",
    arguments: KernelLibraries.rows("gemm", types: "f32"))
  func nanInC(_ each: RowCase) throws {
    var random = SplitMix64(seed: 3)
    for beta in [0.0, 1.0] {
      let operands = GEMMOperands(GEMMCase(m: 19, n: 21, k: 11, beta: beta), &random)
      operands.c.base[5] = .nan
      let workspace = Workspace(each.row, &operands.problem)
      #expect(
        each.row.runAlone(&operands.problem, each.row.defaults, workspace: workspace.base) == 0)
      #expect(operands.c.base[5].isNaN == (beta == 1))
    }
  }

  /// Long enough that the threads really run side by side, with several blocks of depth and columns.
  @Test(
    "threads that share packed data wait for each other, however they divide C",
    arguments: KernelLibraries.rows("gemm", types: "f32").filter { $0.row.algorithm != "naive" })
  func sharedData(_ each: RowCase) {
    var random = SplitMix64(seed: 6)
    let operands = GEMMOperands(GEMMCase(m: 330, n: 410, k: 200, transB: true), &random)
    func result(_ parameters: [Int64], threads: Int, late: UInt32) -> [Float] {
      for index in 0..<operands.c.count { operands.c.base[index] = .nan }
      let bytes = each.row.workspaceBytes(&operands.problem, parameters, threads: threads)
      let workspace = GuardedBuffer<UInt8>(count: bytes)
      let answer = TestTeam.run(
        each.row, &operands.problem, parameters,
        workspace: bytes == 0 ? nil : UnsafeMutableRawPointer(workspace.base), threads: threads,
        lateMicroseconds: late)
      #expect(answer == HONE_KERNEL_OK)
      return Array(UnsafeBufferPointer(start: operands.c.base, count: operands.c.count))
    }
    let expected = result(each.row.defaults, threads: 1, late: 0)
    for partition in 0..<4 {
      let parameters = each.row.parameters.map { parameter -> Int64 in
        switch parameter.name {
        case "partition": Int64(min(partition, parameter.high))
        case "kc", "mc", "nc": Int64(parameter.low)
        default: Int64(parameter.defaultValue)
        }
      }
      for threads in 2...4 {
        for late in [0, 0, 500] as [UInt32] {
          let same = result(parameters, threads: threads, late: late) == expected
          #expect(same, "partition \(partition), \(threads) threads, late \(late)")
        }
      }
    }
  }

  @Test(
    "refuses what is no problem, and writes nothing",
    arguments: KernelLibraries.rows("gemm", types: "f32"))
  func badArguments(_ each: RowCase) {
    var random = SplitMix64(seed: 4)
    let breakages: [(inout hone_gemm) -> Void] = [
      { $0.m = -1 }, { $0.n = -1 }, { $0.k = -1 }, { $0.lda = 3 }, { $0.ldb = 4 }, { $0.ldc = 4 },
      { $0.struct_size = 8 }, { $0.a = nil }, { $0.b = nil }, { $0.c = nil },
    ]
    for (index, breakage) in breakages.enumerated() {
      let operands = GEMMOperands(GEMMCase(m: 6, n: 5, k: 4), &random)
      let workspace = Workspace(each.row, &operands.problem)
      breakage(&operands.problem)
      let answer = each.row.runAlone(
        &operands.problem, each.row.defaults, workspace: workspace.base)
      #expect(answer == HONE_KERNEL_BAD_ARGUMENT, "breakage \(index)")
      #expect(operands.c.base[0].isNaN, "breakage \(index)")
      if index < 7 {
        let check = each.row.check(&operands.problem, each.row.defaults)
        #expect(check == HONE_KERNEL_BAD_ARGUMENT, "breakage \(index)")
      }
    }
  }

  @Test(
    "A and B may be absent where they are not read",
    arguments: KernelLibraries.rows("gemm", types: "f32"))
  func absentOperands(_ each: RowCase) {
    var random = SplitMix64(seed: 5)
    for test in [GEMMCase(m: 7, n: 9, k: 0, beta: 0.5), GEMMCase(m: 7, n: 9, k: 3, alpha: 0)] {
      let operands = GEMMOperands(test, &random)
      let old = operands.c.base[3]
      (operands.problem.a, operands.problem.b) = (nil, nil)
      let workspace = Workspace(each.row, &operands.problem)
      #expect(
        each.row.runAlone(&operands.problem, each.row.defaults, workspace: workspace.base) == 0)
      #expect(operands.c.base[3] == (test.beta == 0 ? 0 : old / 2))
    }
  }
}

/// The workspace that a row asks for, for one thread and its default parameters.
private struct Workspace {
  var base: UnsafeMutableRawPointer?
  private let buffer: GuardedBuffer<UInt8>

  init(_ row: KernelRow, _ problem: UnsafeRawPointer) {
    buffer = GuardedBuffer(count: row.workspaceBytes(problem, row.defaults, threads: 1))
    base = buffer.count == 0 ? nil : UnsafeMutableRawPointer(buffer.base)
  }
}
