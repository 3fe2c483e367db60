// AttentionKernelTests.swift: every attention variant of every library that runs here, against the oracle.

import CHoneKernel
import Glibc
import HoneBackends
import HoneCore
import Testing

@Suite(
  "Attention kernels",
  .enabled(
    if: !KernelLibraries.rows("attention").isEmpty, "no kernel library that this CPU can run"))
struct AttentionKernelTests {
  private let rows = KernelLibraries.rows("attention").map(\.row)
  /// Those of floats: what is asked of a variant's logic is asked of them.
  private var floatRows: [KernelRow] { rows.filter { $0.types == "f32" } }

  /// Runs every variant that takes the case, with defaults and with drawn parameters; returns how many runs there were.
  @discardableResult
  private func check(
    _ attention: AttentionCase, _ generator: inout SeededGenerator, threads: [Int] = [1]
  ) -> Int {
    var runs = 0
    for row in rows where AttentionShape.storage(of: row.types) == attention.shape.storage {
      for parameters in [row.defaults, row.randomParameters(&generator)] {
        let answer = row.check(&attention.problem, parameters)
        // What does not pay here computes the same.
        let isAble = answer == HONE_KERNEL_OK || answer == HONE_KERNEL_UNPROFITABLE
        #expect(isAble, "\(row.variant) \(parameters) \(attention.shape)")
        for count in threads {
          let code = attention.run(row, parameters, threads: count).code
          let label = "\(row.variant) \(parameters) \(count) threads \(attention.shape)"
          #expect(code == HONE_KERNEL_OK, "\(label)")
          if let fault = attention.fault() { Issue.record("\(fault) in \(label)") }
          runs += 1
        }
      }
    }
    return runs
  }

  @Test("random problems come out as in Double, padding untouched", arguments: 1...10)
  func randomProblems(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<8 { check(AttentionCase(.random(&generator)), &generator) }
  }

  /// `make test-attention` draws as many cases as it wants: HONE_ATTENTION_CASES.
  static let drawn = getenv("HONE_ATTENTION_CASES").flatMap { Int(String(cString: $0)) }

  /// The long run in parts of their own seeds, which the test runner spreads over the cores.
  private static let parts = 8

  @Test(
    "as many random problems of every type as HONE_ATTENTION_CASES says come out as in Double",
    .enabled(if: drawn != nil, "the long run: make test-attention"), arguments: 0..<parts)
  func manyProblems(part: Int) {
    let storages = Set(rows.compactMap { AttentionShape.storage(of: $0.types) })
      .sorted { "\($0)" < "\($1)" }
    var (generator, runs) = (SeededGenerator(seed: 2026 + UInt64(part)), 0)
    let cases = ((Self.drawn ?? 0) + Self.parts - 1) / Self.parts
    for index in 0..<cases {
      var shape = AttentionShape.random(&generator)
      shape.storage = storages[index % storages.count]
      shape.dim = generator.pick([shape.dim, shape.dim, 64, 80, 96, 128, 160, 256])
      if index % 4 > 0 { shape.options = .random(&generator) }
      runs += check(AttentionCase(shape), &generator, threads: [generator.pick([1, 1, 2, 3])])
    }
    print("part \(part + 1) of \(Self.parts): \(runs) runs of \(cases) problems")
    #expect(runs >= cases)
  }

  @Test("every element type, with random options, comes out as in Double", arguments: 1...12)
  func randomOptions(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(1000 + seed))
    let storages = Set(rows.compactMap { AttentionShape.storage(of: $0.types) })
      .sorted { "\($0)" < "\($1)" }
    for storage in storages {
      for _ in 0..<3 {
        var shape = AttentionShape.random(&generator)
        shape.storage = storage
        shape.options = .random(&generator)
        check(AttentionCase(shape), &generator, threads: [generator.pick([1, 1, 2])])
      }
    }
  }

  @Test("head sizes from 1 to 256, multiples of the tiles and not")
  func headSizes() {
    var generator = SeededGenerator(seed: 77)
    for dim in [1, 2, 3, 6, 7, 40, 63, 64, 65, 80, 96, 127, 128, 160, 255, 256] {
      var shape = AttentionShape(lq: 6, lk: 19, dim: dim, seed: UInt64(dim))
      shape.mask = generator.pick(AttentionShape.masks)
      shape.padding = dim % 3
      check(AttentionCase(shape), &generator)
    }
  }

  @Test("queries and keys around the edges of the tiles")
  func tileEdges() {
    var generator = SeededGenerator(seed: 78)
    for edge in [8, 12, 24, 32, 48] {
      for (lq, lk) in [(edge - 1, 15), (edge, 16), (edge + 1, 17), (2 * edge + 1, edge)] {
        var shape = AttentionShape(lq: lq, lk: lk, dim: 5, seed: UInt64(lq * 100 + lk))
        shape.mask = generator.pick(AttentionShape.masks)
        check(AttentionCase(shape), &generator)
      }
    }
  }

  @Test("more queries than keys: rows that see nothing give zeros and -infinity")
  func emptyRows() {
    var generator = SeededGenerator(seed: 79)
    for mask in AttentionShape.masks {
      for (lq, lk) in [(9, 4), (40, 3), (5, 0), (0, 5), (0, 0), (1, 0)] {
        var shape = AttentionShape(heads: 2, lq: lq, lk: lk, dim: 9, mask: mask)
        shape.kvHeads = 2
        let attention = AttentionCase(shape)
        if lk == 0 { (attention.problem.k, attention.problem.v) = (nil, nil) }
        check(attention, &generator, threads: [1, 2])
      }
    }
    let none = AttentionCase(AttentionShape(batch: 0))
    check(none, &generator, threads: [1, 2])
  }

  @Test("logits of 1e4 and more, equal and opposed, keep every weight finite")
  func extremeLogits() {
    var generator = SeededGenerator(seed: 80)
    for sign: Float in [1, -1] {
      let attention = AttentionCase(AttentionShape(lq: 4, lk: 33, dim: 4, scale: 1))
      for i in 0..<4 {
        for d in 0..<4 { attention.setQuery(0, 0, i, d, d == 0 ? sign * 1e4 : 0) }
      }
      for j in 0..<33 {
        for d in 0..<4 { attention.setKey(0, 0, j, d, d == 0 ? (j % 11 == 3 ? 1 : -1) : 1) }
      }
      for row in floatRows {
        #expect(attention.run(row, row.defaults, threads: 1).code == HONE_KERNEL_OK)
        // Three keys share all the weight, or all the others do: exactly.
        let winners = (0..<33).filter { ($0 % 11 == 3) == (sign > 0) }
        let reference = AttentionCase(AttentionShape(lq: 4, lk: 33, dim: 4, scale: 1))
        for d in 0..<4 {
          let mean =
            winners.reduce(0.0) { $0 + Double(reference.value(0, 0, $1, d)) }
            / Double(winners.count)
          #expect(abs(Double(attention.output(0, 0, 2, d)) - mean) < 1e-6, "\(row.variant)")
        }
      }
      check(attention, &generator)
    }
    for steepness: Float in [1e3, 1e4, 1e5] {
      var shape = AttentionShape(lq: 13, lk: 70, dim: 16, steepness: steepness)
      shape.mask = Int32(HONE_MASK_CAUSAL_TOP_LEFT)
      check(AttentionCase(shape), &generator)
    }
  }

  @Test("a NaN goes to the rows that see it; hidden keys and values reach no row")
  func specials() {
    var generator = SeededGenerator(seed: 81)
    for mask in AttentionShape.masks {
      var shape = AttentionShape(heads: 2, lq: 14, lk: 14, dim: 6, mask: mask, steepness: 0.5)
      shape.kvHeads = 2
      let inKey = AttentionCase(shape)
      inKey.setKey(0, 0, 9, 2, .nan)
      check(inKey, &generator, threads: [1, 2])
      let inValue = AttentionCase(shape)
      inValue.setValue(0, 1, 5, 3, .nan)
      inValue.setValue(0, 0, 7, 0, .infinity)
      check(inValue, &generator, threads: [1, 2])
      let inQuery = AttentionCase(shape)
      inQuery.setQuery(0, 1, 3, 1, .nan)
      inQuery.setQuery(0, 0, 12, 5, -.infinity)
      check(inQuery, &generator)
    }
  }

  @Test("teams of 2 and 3 threads compute what one thread computes")
  func teams() {
    var generator = SeededGenerator(seed: 82)
    for _ in 0..<8 {
      var shape = AttentionShape.random(&generator)
      (shape.lq, shape.lk) = (generator.pick([1, 2, 30, 101]), generator.pick([60, 131]))
      shape.dim = 6
      #expect(check(AttentionCase(shape), &generator, threads: [1, 2, 3]) > 0)
    }
  }

  @Test("every variant gives the same bits again, with the same number of threads")
  func deterministic() {
    var generator = SeededGenerator(seed: 83)
    let attention = AttentionCase(AttentionShape(heads: 4, kvHeads: 2, lq: 3, lk: 150, dim: 20))
    for row in floatRows {
      let parameters = row.randomParameters(&generator)
      for threads in [1, 3] {
        let first = attention.run(row, parameters, threads: threads).bits
        #expect(attention.run(row, parameters, threads: threads).bits == first, "\(row.variant)")
      }
    }
  }

  @Test("the workspace does not grow with queries times keys")
  func workspace() {
    var problem = AttentionCase(AttentionShape(batch: 0)).problem
    (problem.batch, problem.heads, problem.kv_heads, problem.head_dim) = (1, 32, 8, 128)
    (problem.q_row_stride, problem.o_row_stride) = (128, 128)
    (problem.k_row_stride, problem.v_row_stride) = (128, 128)
    for row in floatRows {
      (problem.lq, problem.lk) = (4096, 4096)
      let bytes = row.workspaceBytes(&problem, row.defaults, threads: 4)
      (problem.lq, problem.lk) = (65536, 65536)
      let more = row.workspaceBytes(&problem, row.defaults, threads: 4)
      #expect(more <= 16 * bytes, "\(row.variant): \(bytes) then \(more)")
    }
  }

  @Test("what no variant can do is refused and nothing is written")
  func refusals() {
    let breaks: [(String, (inout hone_attention) -> Void)] = [
      ("negative lq", { $0.lq = -1 }), ("negative lk", { $0.lk = -1 }),
      ("negative head size", { $0.head_dim = -1 }), ("heads", { $0.heads = 3 }),
      ("no groups", { $0.kv_heads = 0 }), ("mask", { $0.mask = 9 }),
      ("query stride", { $0.q_row_stride = 3 }), ("output stride", { $0.o_row_stride = 3 }),
      ("key stride", { $0.k_row_stride = 3 }), ("value stride", { $0.v_row_stride = 3 }),
      ("null q", { $0.q = nil }), ("null k", { $0.k = nil }), ("null v", { $0.v = nil }),
      ("null o", { $0.o = nil }),
    ]
    for row in floatRows {
      for (name, damage) in breaks {
        let attention = AttentionCase(AttentionShape(heads: 2, kvHeads: 2))
        damage(&attention.problem)
        let code = attention.run(row, row.defaults, threads: 1).code
        #expect(code == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant): \(name)")
        #expect(attention.isUntouched, "\(row.variant): \(name)")
      }
      for i in row.parameters.indices {
        var parameters = row.defaults
        parameters[i] = Int64(row.parameters[i].high) + 1
        var problem = AttentionCase(AttentionShape()).problem
        #expect(row.check(&problem, parameters) == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant) \(i)")
      }
    }
  }
}
