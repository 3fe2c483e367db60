// EmbeddingBag-f32-blocked.swift: rows of floats. The algorithm is BlockedBags.swift; this is the format of its rows.

import CIntrinsics

enum FloatRows: RowFormat {
  @inline(__always) static func dataBytes(_ dim: Int) -> Int { 4 * dim }
  static var strideUnit: Int { 4 }
  @inline(__always) static func load(_ data: UnsafeRawPointer, _ column: Int) -> FloatVector {
    (data + 4 * column).loadUnaligned(as: FloatVector.self)
  }
  @inline(__always)
  static func loadFirst(_ data: UnsafeRawPointer, _ column: Int, _ count: Int) -> FloatVector {
    CIntrinsics_firstF32((data + 4 * column).assumingMemoryBound(to: Float.self), Int64(count))
  }
}
