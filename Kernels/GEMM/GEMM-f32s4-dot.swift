// GEMM-f32s4-dot.swift: weights of 4 bits against A rounded to bytes: a mask makes them bytes, four products an instruction.
//
// A word holds eight steps of k of one column: the first four in the low halves of its bytes, the last four in the high
// halves, as they are (0 … 15). What is done with it is DotGEMM.swift.

import CIntrinsics

enum S4Dot: DotFormat {
  static var unit: Int { 8 }
  static var columnBytes: Int { 4 }
  static var isScaled: Bool { true }
  static var usualZero: Int { 8 }
  static var words: Int { 2 }
  static var offset: Int { 8 }

  @inline(__always)
  static func load(_ base: UnsafeRawPointer, _ v: Int, _ w: Int) -> CIntrinsics_IntVector {
    let words = CIntrinsics_loadWords(base + v * lanes * 4)
    let low = CIntrinsics_everyWord(0x0F0F_0F0F)
    return w == 0 ? words & low : (words &>> CIntrinsics_everyWord(4)) & low
  }

  @inline(__always)
  static func dot(
    _ sum: CIntrinsics_IntVector, _ weights: CIntrinsics_IntVector, _ a: CIntrinsics_IntVector
  ) -> CIntrinsics_IntVector {
    // Pairs are at most 2 * 15 * 127: nothing saturates.
    CIntrinsics_dotU8(sum, weights, a)
  }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { nibbleCode(source, index) }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 { placeNibble(code, u) }
}
