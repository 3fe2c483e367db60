// GEMM-f32s8-dot.swift: weights in bytes against A rounded to bytes: four products an instruction, sums in 32-bit integers.
//
// A word holds four steps of k of one column. What is done with it is DotGEMM.swift.

import CIntrinsics

enum S8Dot: DotFormat {
  static var unit: Int { 4 }
  static var columnBytes: Int { 4 }
  static var isScaled: Bool { true }
  static var usualZero: Int { 0 }
  static var words: Int { 1 }
  static var offset: Int { Int(CINTRINSICS_S8_BIAS) }

  @inline(__always)
  static func load(_ base: UnsafeRawPointer, _ v: Int, _ w: Int) -> CIntrinsics_IntVector {
    CIntrinsics_loadWords(base + v * lanes * 4)
  }

  @inline(__always)
  static func dot(
    _ sum: CIntrinsics_IntVector, _ weights: CIntrinsics_IntVector, _ a: CIntrinsics_IntVector
  ) -> CIntrinsics_IntVector { CIntrinsics_dotS8(sum, weights, a) }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { byteCode(source, index) }

  /// Raised by the bias already: the instruction's weights are not negative.
  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 {
    ((code ^ UInt32(CINTRINSICS_S8_BIAS)) & 0xFF) << UInt32(truncatingIfNeeded: 8 * u)
  }
}
