// EmbeddingBagKernelTests.swift: every embedding-bag variant of every library that runs here, against the oracle.

import CHoneKernel
import HoneCore
import KernelReference
import Testing

@testable import HoneBackends

@Suite(
  "Embedding-bag kernels",
  .enabled(
    if: !KernelLibraries.rows("embedding-bag").isEmpty, "no kernel library that this CPU can run"))
struct EmbeddingBagKernelTests {
  private let rows = KernelLibraries.rows("embedding-bag").map(\.row)

  private func rows(for shape: BagShape) -> [KernelRow] {
    rows.filter { $0.types == shape.type.rawValue }
  }

  /// Runs every variant that takes the case, with defaults and with drawn parameters.
  private func check(_ bagCase: BagCase, _ generator: inout SeededGenerator, threads: [Int] = [1]) {
    for row in rows(for: bagCase.shape) {
      for parameters in [row.defaults, row.randomParameters(&generator)] {
        let answer = row.check(&bagCase.problem, parameters)
        if answer == HONE_KERNEL_UNSUPPORTED, row.algorithm == "rows" { continue }
        #expect(answer == HONE_KERNEL_OK, "\(row.variant) \(parameters) \(bagCase.shape)")
        for count in threads {
          let (code, output) = bagCase.run(row, parameters, threads: count)
          let label = "\(row.variant) \(parameters) \(count) threads \(bagCase.shape)"
          #expect(code == HONE_KERNEL_OK, "\(label)")
          if let fault = bagCase.fault(in: output) { Issue.record("\(fault) in \(label)") }
        }
      }
    }
  }

  @Test("every library offers a variant for every row type, and the plain one")
  func offersEveryType() {
    for library in KernelLibraries.complete {
      for type in BagRowType.allCases {
        #expect(
          library.rows.contains {
            $0.operation == "embedding-bag" && $0.types == type.rawValue
              && $0.algorithm == "blocked"
          }, "\(library.instructionSet) \(type)")
      }
      #expect(
        library.rows.contains { $0.operation == "embedding-bag" && $0.algorithm == "rows" })
    }
  }

  @Test(
    "random problems come out as in Double, padding untouched", arguments: BagRowType.allCases,
    1...4)
  func randomProblems(type: BagRowType, seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<10 { check(BagCase(.random(&generator, type)), &generator, threads: [1, 3]) }
  }

  @Test("every dimension up to 70, and multiples of 4 to 1024", arguments: BagRowType.allCases)
  func dimensions(type: BagRowType) {
    for dim in Array(1...70) + Array(stride(from: 72, through: 1024, by: 68)) {
      var shape = BagShape(type: type, dim: dim, lengths: [3, 0, 2], isWeighted: dim % 3 == 0)
      shape.output = BagOutputType.allCases[dim % 3]
      shape.scalesFirst = type.isScaled && dim % 2 == 1
      let bagCase = BagCase(shape)
      for row in rows(for: shape) {
        guard row.check(&bagCase.problem, row.defaults) == HONE_KERNEL_OK else { continue }
        let output = bagCase.run(row, row.defaults, threads: 1).output
        if let fault = bagCase.fault(in: output) {
          Issue.record("\(fault) in \(row.variant) \(dim)")
        }
      }
    }
  }

  @Test("every byte and every nibble is read as it is", arguments: [BagRowType.u8f32, .u4f16])
  func everyQuantum(type: BagRowType) {
    var generator = SeededGenerator(seed: 2)
    let bagCase = BagCase(BagShape(type: type, rows: 1, dim: 512, lengths: [1]))
    for i in 0..<512 * type.bits / 8 { bagCase.table.base[i] = UInt8(truncatingIfNeeded: i) }
    check(bagCase, &generator)
  }

  @Test("a team computes the same bits as one thread, however the bags are shared")
  func teams() {
    var generator = SeededGenerator(seed: 7)
    for type in BagRowType.allCases {
      var shape = BagShape.random(&generator, type)
      if shape.pooling == Int32(HONE_POOL_NONE) { shape.pooling = Int32(HONE_POOL_SUM) }
      // One giant bag among small ones is what balanced shares are for.
      shape.lengths = [0, 90, 1, 0, 2, 5, 3, 0, 0, 1]
      let bagCase = BagCase(shape)
      for row in rows(for: shape) {
        let parameters = row.randomParameters(&generator)
        guard row.check(&bagCase.problem, parameters) == HONE_KERNEL_OK else { continue }
        let alone = bagCase.run(row, parameters, threads: 1)
        for threads in [2, 3, 12] {
          let together = bagCase.run(row, parameters, threads: threads)
          #expect(together.code == HONE_KERNEL_OK)
          #expect(
            together.output == alone.output,
            "\(row.variant) \(parameters) \(threads) threads \(shape)")
        }
      }
    }
  }

  @Test(
    "a NaN or an infinity in a row reaches the bags that look it up and no other",
    arguments: [HONE_POOL_SUM, HONE_POOL_MAX].map { Int32($0) })
  func specials(pooling: Int32) {
    var generator = SeededGenerator(seed: 3)
    for dim in [3, 8, 33, 64] {
      let isWeighted = dim == 33 && pooling == Int32(HONE_POOL_SUM)
      let bagCase = BagCase(
        BagShape(dim: dim, lengths: [4, 0, 9, 1, 2], pooling: pooling, isWeighted: isWeighted))
      let table = UnsafeMutableRawPointer(bagCase.table.base)
      table.storeBytes(of: .nan, toByteOffset: 4 * (dim - 1), as: Float.self)
      table.storeBytes(of: .infinity, toByteOffset: 4 * 3 * dim, as: Float.self)
      table.storeBytes(of: -.infinity, toByteOffset: 4 * (5 * dim + 1), as: Float.self)
      check(bagCase, &generator, threads: [1, 2])
    }
  }

  @Test(
    "an output that its type cannot hold becomes an infinity, a tiny one the nearest there is",
    arguments: [BagOutputType.f16, .bf16])
  func extremes(output: BagOutputType) {
    var generator = SeededGenerator(seed: 4)
    let bagCase = BagCase(BagShape(rows: 1, dim: 21, lengths: [1], output: output))
    let table = UnsafeMutableRawPointer(bagCase.table.base)
    let values: [Float] = [
      65504, -65519, 0x1p-24, 0x1p-25, 0x1.8p-25, -0x1p-14, 0x1.ffcp-15, 0, 1.00048828125,
      1.00390625, 3e38, 0x1.fffp-15, 2049, 2051, 0.1, -0.1, 1e-30, 5e-8, 6e-5, 6.2e-5, 255.5,
    ]
    for (i, value) in values.enumerated() {
      // Beyond the largest number only f16 is asked, by 70000.
      let fits = Double(value).magnitude <= output.largest
      table.storeBytes(of: fits ? value : 1, toByteOffset: 4 * i, as: Float.self)
    }
    check(bagCase, &generator)
    guard output == .f16 else { return }
    table.storeBytes(of: 70000 as Float, as: Float.self)
    for row in rows(for: bagCase.shape) where row.algorithm == "blocked" {
      let bytes = bagCase.run(row, row.defaults, threads: 1).output
      #expect(bytes[0] == 0 && bytes[1] == 0x7C, "\(row.variant)")
    }
  }

  @Test("only empty bags, no bags and no columns are fine without a table")
  func empty() {
    var generator = SeededGenerator(seed: 5)
    for (dim, bags) in [(5, 4), (64, 3), (0, 3), (16, 0), (0, 0)] {
      let bagCase = BagCase(BagShape(dim: dim, lengths: Array(repeating: 0, count: bags)))
      bagCase.problem.table = nil
      bagCase.problem.indices = nil
      if bags == 0 || dim == 0 { bagCase.problem.output = nil }
      check(bagCase, &generator, threads: [1, 3])
    }
  }

  @Test("what no variant can do is refused and nothing is written")
  func refusals() {
    let breaks: [(String, (inout hone_embedding_bag) -> Void)] = [
      ("negative dim", { $0.dim = -1 }), ("negative bags", { $0.bags = -1 }),
      ("negative look-ups", { $0.index_count = -1 }), ("table stride", { $0.table_stride = 7 }),
      ("output stride", { $0.output_stride = 7 }), ("index type", { $0.index_bytes = 2 }),
      ("pooling", { $0.pooling = 7 }), ("no rows", { $0.rows = 0 }),
      ("null output", { $0.output = nil }), ("null table", { $0.table = nil }),
      ("null offsets", { $0.offsets = nil }), ("null indices", { $0.indices = nil }),
      ("weighted mean", { $0.pooling = Int32(HONE_POOL_MEAN) }),
      ("weighted maximum", { $0.pooling = Int32(HONE_POOL_MAX) }),
      ("bags that are no look-ups", { $0.pooling = Int32(HONE_POOL_NONE) }),
      ("output type", { $0.output_type = 3 }), ("bag form", { $0.bag_form = 3 }),
      ("scales", { $0.scales_first = 2 }), ("an older struct", { $0.struct_size = 104 }),
    ]
    for row in rows {
      for (name, damage) in breaks {
        let type = BagRowType(rawValue: row.types) ?? .f32
        let bagCase = BagCase(BagShape(type: type, lengths: [2, 1], isWeighted: true))
        damage(&bagCase.problem)
        let (code, output) = bagCase.run(row, row.defaults, threads: 1)
        // A maximum, weighted or not, is what the plain variant leaves to the other.
        let isLeft = code == HONE_KERNEL_UNSUPPORTED && row.algorithm == "rows"
        #expect(code == HONE_KERNEL_BAD_ARGUMENT || isLeft, "\(row.variant): \(name)")
        #expect(output.allSatisfy { $0 == 0xFF })
      }
      for i in row.parameters.indices {
        var parameters = row.defaults
        parameters[i] = Int64(row.parameters[i].high) + 1
        let type = BagRowType(rawValue: row.types) ?? .f32
        var problem = BagCase(BagShape(type: type)).problem
        #expect(row.check(&problem, parameters) == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant) \(i)")
      }
    }
  }
}
