// AttentionOptionTests.swift: options of attention that contradict each other or lead outside, and rows that options leave nothing.

import CHoneKernel
import HoneBackends
import HoneCore
import KernelReference
import Testing

@Suite(
  "Attention options",
  .enabled(
    if: !KernelLibraries.rows("attention").isEmpty, "no kernel library that this CPU can run"))
struct AttentionOptionTests {
  private let rows = KernelLibraries.rows("attention").map(\.row)

  /// Options that use every list, so that each can be damaged.
  private static func shape(_ row: KernelRow, paged: Bool) throws -> AttentionShape {
    var shape = AttentionShape(batch: 2, heads: 2, kvHeads: 1, lq: 6, lk: 20, seed: 3)
    shape.storage = try #require(AttentionShape.storage(of: row.types))
    shape.options.padsKeys = true
    shape.options.variesQueries = true
    shape.options.variesKeys = !paged
    shape.options.blockSize = paged ? 4 : 0
    return shape
  }

  private static let breaks:
    [(name: String, paged: Bool, damage: @Sendable (AttentionCase) -> Void)] = [
      ("a block beyond the last", true, { $0.setBlock(0, 1000) }),
      ("a negative block", true, { $0.setBlock(0, -1) }),
      ("too few blocks in a row of the table", true, { $0.problem.table_stride = 4 }),
      ("no table", true, { $0.problem.block_table = nil }),
      ("a table without a block size", true, { $0.problem.block_size = 0 }),
      ("a negative block size", true, { $0.problem.block_size = -4 }),
      ("more keys than there are", false, { $0.setLength(1, 21) }),
      ("a negative length", false, { $0.setLength(1, -1) }),
      ("offsets that decrease", false, { $0.setOffset(1, -1) }),
      ("a sequence longer than the longest", false, { $0.setOffset(2, 1000) }),
      ("a negative first offset", false, { $0.setOffset(0, -1) }),
      ("a window of less than nothing", false, { $0.problem.window_left = -2 }),
      ("a negative cap", false, { $0.problem.softcap = -1 }),
      ("an infinite cap", false, { $0.problem.softcap = .infinity }),
      ("options in a struct without them", false, { $0.problem.struct_size = 200 }),
      ("a struct that is too short", false, { $0.problem.struct_size = 199 }),
    ]

  @Test("an option that contradicts or leads outside is refused and nothing is written")
  func refusals() throws {
    for row in rows {
      for (name, paged, damage) in Self.breaks {
        let attention = AttentionCase(try Self.shape(row, paged: paged))
        // A block that no key is in may be anything.
        if paged { attention.setLength(0, 20) }
        damage(attention)
        let code = attention.run(row, row.defaults, threads: 1).code
        #expect(code == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant): \(name)")
        #expect(attention.isUntouched, "\(row.variant): \(name)")
      }
    }
  }

  @Test("bytes without scales, and scales without bytes, are refused")
  func scales() throws {
    for row in rows {
      var shape = AttentionShape(lq: 6, lk: 20)
      shape.storage = try #require(AttentionShape.storage(of: row.types))
      shape.options.left = 3
      let attention = AttentionCase(shape)
      if shape.storage.cache.isScaled {
        attention.problem.v_scales = nil
      } else {
        attention.problem.v_scales = UnsafePointer(bitPattern: 64)
      }
      let code = attention.run(row, row.defaults, threads: 1).code
      #expect(code == HONE_KERNEL_BAD_ARGUMENT, "\(row.variant)")
      #expect(attention.isUntouched, "\(row.variant)")
    }
  }

  @Test("a caller of an older header, whose struct ends with lse, gets what it asks for")
  func shortStruct() throws {
    for row in rows where row.types == "f32" {
      let attention = AttentionCase(AttentionShape(lq: 6, lk: 20))
      attention.problem.struct_size = 200
      // Whatever lies behind the struct is not looked at.
      (attention.problem.window_left, attention.problem.softcap) = (-7, -1)
      #expect(attention.run(row, row.defaults, threads: 1).code == HONE_KERNEL_OK)
      #expect(attention.fault() == nil, "\(row.variant)")
    }
  }

  @Test("rows that a window, a bias or a length leaves nothing give zeros and -infinity")
  func nothingLeft() throws {
    for row in rows {
      let storage = try #require(AttentionShape.storage(of: row.types))
      for kind in 0..<3 {
        var shape = AttentionShape(heads: 2, kvHeads: 2, lq: 20, lk: 9)
        shape.storage = storage
        shape.options.left = kind == 0 ? 0 : -1
        shape.options.right = kind == 0 ? 0 : -1
        shape.options.bias = kind == 1 ? .withHoles : .none
        shape.options.padsKeys = kind == 2
        let attention = AttentionCase(shape)
        if kind == 1 { attention.hideAll() }
        if kind == 2 { attention.setLength(0, 0) }
        #expect(attention.run(row, row.defaults, threads: 2).code == HONE_KERNEL_OK)
        #expect(attention.fault() == nil, "\(row.variant) \(kind)")
        #expect(attention.output(0, 1, 0, 3) == 0, "\(row.variant) \(kind)")
      }
    }
  }
}
