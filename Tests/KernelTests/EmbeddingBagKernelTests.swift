// EmbeddingBagKernelTests.swift: every embedding-bag variant of every library that runs here, against the oracle.

import CHoneKernel
import HoneCore
import Testing

@testable import HoneBackends

@Suite(
  "Embedding-bag kernels",
  .enabled(
    if: !KernelLibraries.rows("embedding-bag").isEmpty, "no kernel library that this CPU can run"))
struct EmbeddingBagKernelTests {
  private let rows = KernelLibraries.rows("embedding-bag").map(\.row)

  /// Runs every variant that takes the case, with defaults and with drawn parameters.
  private func check(_ bagCase: BagCase, _ generator: inout SeededGenerator, threads: [Int] = [1]) {
    for row in rows {
      for parameters in [row.defaults, row.randomParameters(&generator)] {
        let answer = row.check(&bagCase.problem, parameters)
        if answer == HONE_KERNEL_UNSUPPORTED, row.algorithm == "fixed" { continue }
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

  @Test("every library offers a variant that takes any dimension")
  func offersFallback() {
    for library in KernelLibraries.complete {
      #expect(
        library.rows.contains { $0.operation == "embedding-bag" && $0.algorithm == "rows" })
    }
  }

  @Test("random problems come out as in Double, padding untouched", arguments: 1...12)
  func randomProblems(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<10 { check(BagCase(.random(&generator)), &generator) }
  }

  @Test("whole-row dimensions are taken by the fixed variant")
  func fixedDimensions() {
    var generator = SeededGenerator(seed: 99)
    var taken = Set<String>()
    for dim in [4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 320, 384] {
      var shape = BagShape(dim: dim, lengths: [3, 0, 20, 1], isWeighted: dim % 3 == 0)
      shape.tablePadding = dim % 5
      let bagCase = BagCase(shape)
      for row in rows where row.algorithm == "fixed" {
        if row.check(&bagCase.problem, row.defaults) == HONE_KERNEL_OK {
          taken.insert("\(row.instructionSet) \(dim)")
        }
      }
      check(bagCase, &generator)
    }
    for library in KernelLibraries.complete {
      #expect(taken.contains("\(library.instructionSet) 32"))
    }
  }

  @Test("a team computes the same bits as one thread, however the bags are shared")
  func teams() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<6 {
      var shape = BagShape.random(&generator)
      // One giant bag among small ones is what balanced shares are for.
      shape.lengths = [0, 90, 1, 0, 2, 5, 3, 0, 0, 1]
      let bagCase = BagCase(shape)
      for row in rows {
        let parameters = row.randomParameters(&generator)
        guard row.check(&bagCase.problem, parameters) == HONE_KERNEL_OK else { continue }
        let alone = bagCase.run(row, parameters, threads: 1)
        for threads in [2, 3, 12] {
          let together = bagCase.run(row, parameters, threads: threads)
          #expect(together.code == HONE_KERNEL_OK)
          #expect(
            together.output.map(\.bitPattern) == alone.output.map(\.bitPattern),
            "\(row.variant) \(parameters) \(threads) threads \(shape)")
        }
      }
    }
  }

  @Test("a NaN or an infinity in a row reaches the bags that look it up and no other")
  func specials() {
    var generator = SeededGenerator(seed: 3)
    for dim in [3, 8, 33, 64] {
      let bagCase = BagCase(BagShape(dim: dim, lengths: [4, 0, 9, 1, 2], isWeighted: dim == 33))
      bagCase.table.base[dim - 1] = .nan
      bagCase.table.base[3 * dim] = .infinity
      bagCase.table.base[5 * dim + 1] = -.infinity
      check(bagCase, &generator, threads: [1, 2])
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
    ]
    for row in rows {
      for (name, damage) in breaks {
        let bagCase = BagCase(BagShape(lengths: [2, 1], isWeighted: true))
        damage(&bagCase.problem)
        let (code, output) = bagCase.run(row, row.defaults, threads: 1)
        #expect(code == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant): \(name)")
        #expect(output.allSatisfy { $0.bitPattern == poison.bitPattern })
      }
      for i in row.parameters.indices {
        var parameters = row.defaults
        parameters[i] = Int64(row.parameters[i].high) + 1
        var problem = BagCase(BagShape()).problem
        #expect(row.check(&problem, parameters) == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant) \(i)")
      }
    }
  }
}
