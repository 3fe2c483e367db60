// GEMM-u8s8f32-dot.swift: A in bytes from outside, u8 or s8, against weights in bytes: exact sums in 32 bits, to f32, bf16, f16 or s32.
//
// The same layout and loops as GEMM-f32s8-dot.swift; A is copied, not rounded (ByteRows.swift). A may hold any byte, -128 too: without
// VNNI pairs of products are added in 32 bits, where the usual way would saturate.

import CIntrinsics

enum ByteDot: DotFormat {
  static var unit: Int { 4 }
  static var columnBytes: Int { 4 }
  static var isScaled: Bool { true }
  @inline(__always) static var readsBytes: Bool { true }
  static var usualZero: Int { 0 }
  static var words: Int { 1 }
  static var offset: Int { S8Dot.offset }

  @inline(__always)
  static func load(_ base: UnsafeRawPointer, _ v: Int, _ w: Int) -> CIntrinsics_IntVector {
    CIntrinsics_loadWords(base + v * lanes * 4)
  }

  @inline(__always)
  static func dot(
    _ sum: CIntrinsics_IntVector, _ weights: CIntrinsics_IntVector, _ a: CIntrinsics_IntVector
  ) -> CIntrinsics_IntVector { CIntrinsics_dotAnyS8(sum, weights, a) }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { byteCode(source, index) }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 { S8Dot.place(code, u) }
}
