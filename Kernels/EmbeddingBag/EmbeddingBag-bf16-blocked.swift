// EmbeddingBag-bf16-blocked.swift: rows of bfloat16. The algorithm is BlockedBags.swift; this is the format of its rows.

import CIntrinsics

enum BrainRows: RowFormat {
  @inline(__always) static func dataBytes(_ dim: Int) -> Int { 2 * dim }
  static var strideUnit: Int { 2 }
  @inline(__always) static func load(_ data: UnsafeRawPointer, _ column: Int) -> FloatVector {
    CIntrinsics_widenBF16(data + 2 * column)
  }
  @inline(__always)
  static func loadFirst(_ data: UnsafeRawPointer, _ column: Int, _ count: Int) -> FloatVector {
    CIntrinsics_firstBF16(data + 2 * column, Int64(count))
  }
}
