// WeightsConformanceTests.swift: every GEMM row that packs its weights, of every library, against the Double oracle.

import CHoneKernel
import HoneBackends
import KernelReference
import Testing

@Suite("GEMM with packed weights")
struct WeightsConformanceTests {
  static let rows = KernelLibraries.packedRows("gemm").filter { !$0.row.isOfBytes }

  static func type(of row: KernelRow) throws -> StoredType { try types(of: row).b }

  /// A's, B's and C's: "f32s4" is f32, s4, f32.
  static func types(of row: KernelRow) throws -> (a: StoredType, b: StoredType, c: StoredType) {
    var words: [StoredType] = []
    var rest = Substring(row.types)
    while !rest.isEmpty {
      let word = try #require(StoredType.allCases.first { rest.hasPrefix($0.rawValue) })
      words.append(word)
      rest = rest.dropFirst(word.rawValue.count)
    }
    return (words[0], words.count > 1 ? words[1] : words[0], words.count > 2 ? words[2] : words[0])
  }

  /// A case with the row's types of A and C.
  static func with(_ row: KernelRow, _ test: WeightsCase) throws -> WeightsCase {
    var test = test
    let types = try types(of: row)
    test.types = (types.a, types.c)
    return test
  }

  /// What the row needs to be allowed.
  static func compute(of row: KernelRow) -> Int32 {
    guard row.algorithm == "dot" else { return Int32(HONE_COMPUTE_EXACT) }
    if row.types.hasSuffix("s8") || row.types.hasSuffix("s4") { return Int32(HONE_COMPUTE_S8) }
    return Int32(row.types == "f32bf16" ? HONE_COMPUTE_BF16 : HONE_COMPUTE_EXACT)
  }

  @Test("every type of weights has a row in every library")
  func everyTypeHasARow() {
    for library in KernelLibraries.complete {
      for type in [
        "f32f32", "f32bf16", "f32f16", "f32s8", "f32s4", "bf16", "bf16bf16f32", "f16",
        "f16f16f32", "bf16s8", "bf16s4",
      ] {
        let has = library.rows.contains { $0.types == type && $0.wantsPacking }
        #expect(has, "\(library.instructionSet) \(type)")
      }
    }
  }

  @Test("computes random problems as the oracle does, inside its operands", arguments: rows)
  func randomProblems(_ each: RowCase) throws {
    let type = try Self.type(of: each.row)
    var random = SplitMix64(seed: 11)
    let types = try Self.types(of: each.row)
    // Other types of A and C share their entry points with f32.
    for _ in 0..<(each.row.types.hasPrefix("f32") ? 80 : 40) {
      let test = WeightsCase.random(
        &random, types: types, compute: Self.compute(of: each.row))
      let parameters = each.row.randomParameters(&random)
      let failure = test.failure(on: each.row, type, parameters, &random)
      #expect(failure == nil, "\(test) parameters \(parameters)")
    }
  }

  @Test("every value of the type is read as it is", arguments: rows)
  func everyValue(_ each: RowCase) throws {
    let type = try Self.type(of: each.row)
    guard type.isScaled else { return }
    var random = SplitMix64(seed: 12)
    let test = try Self.with(
      each.row,
      WeightsCase(
        m: 3, n: 70, k: 256, group: 32, hasZeros: true, compute: Self.compute(of: each.row)))
    let failure = test.failure(on: each.row, type, each.row.defaults, &random)
    #expect(failure == nil)
  }

  @Test("the number of threads changes no bit", arguments: rows)
  func threadsChangeNothing(_ each: RowCase) throws {
    let type = try Self.type(of: each.row)
    var random = SplitMix64(seed: 13)
    let operands = WeightsOperands(
      try Self.with(
        each.row, WeightsCase(m: 5, n: 300, k: 130, group: type.isScaled ? 64 : 0)), type, &random)
    operands.withWeights { problem in
      let packed = GuardedBuffer<UInt8>(count: each.row.packedBytes(&problem))
      #expect(each.row.pack(&problem, into: packed.base) == HONE_KERNEL_OK)
      problem.b = UnsafeRawPointer(packed.base)
      problem.packed_b = 1
      problem.compute = Self.compute(of: each.row)
      let results = (1...4).map { threads -> [Float] in
        let bytes = each.row.workspaceBytes(&problem, each.row.defaults, threads: threads)
        let workspace = GuardedBuffer<UInt8>(count: bytes)
        let answer = TestTeam.run(
          each.row, &problem, each.row.defaults,
          workspace: UnsafeMutableRawPointer(workspace.base), threads: threads,
          lateMicroseconds: 200)
        #expect(answer == HONE_KERNEL_OK)
        return (0..<operands.c.count).map { operands.c[$0] }
      }
      for result in results { #expect(result == results[0]) }
    }
  }

  @Test("refuses what is no problem, and weights that were not packed", arguments: rows)
  func badArguments(_ each: RowCase) throws {
    let type = try Self.type(of: each.row)
    var random = SplitMix64(seed: 14)
    let breakages: [(inout hone_gemm) -> Void] = [
      { $0.m = -1 }, { $0.n = -1 }, { $0.k = -1 }, { $0.lda = 3 }, { $0.ldc = 4 },
      { $0.struct_size = 104 }, { $0.group = 33 }, { $0.group = -32 }, { $0.zero_points = 2 },
      { $0.a = nil }, { $0.c = nil }, { $0.packed_b = 0 }, { $0.a_type = 7 }, { $0.activation = 5 },
      { $0.has_bias = 1 }, { $0.has_residual = 1 },
    ]
    for (index, breakage) in breakages.enumerated() {
      let operands = WeightsOperands(
        try Self.with(each.row, WeightsCase(m: 6, n: 5, k: 8)), type, &random)
      let answer = operands.withWeights { problem in
        let packed = GuardedBuffer<UInt8>(count: each.row.packedBytes(&problem))
        _ = each.row.pack(&problem, into: packed.base)
        let bytes = each.row.workspaceBytes(&problem, each.row.defaults, threads: 1)
        let workspace = GuardedBuffer<UInt8>(count: bytes)
        problem.b = UnsafeRawPointer(packed.base)
        problem.packed_b = 1
        problem.compute = Self.compute(of: each.row)
        breakage(&problem)
        return each.row.runAlone(&problem, each.row.defaults, workspace: workspace.base)
      }
      #expect(answer == HONE_KERNEL_BAD_ARGUMENT, "breakage \(index)")
      if operands.c.count > 0 { #expect(operands.c[0].isNaN, "breakage \(index)") }
    }
  }
}
