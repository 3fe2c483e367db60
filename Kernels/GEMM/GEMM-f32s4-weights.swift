// GEMM-f32s4-weights.swift: A of floats, packed weights of 4 bits with a scale a column or group: an eighth of the bytes.
//
// The format of the weights; what is done with them is WeightsGEMM.swift.

import CIntrinsics

/// A word a column holds eight steps of k: step u of the first four is the low half of byte u, of the last four the high
/// half of byte u - 4. The nibbles are signed: q - 8.
enum S4Weights: WeightFormat {
  static var unit: Int { 8 }
  static var columnBytes: Int { 4 }
  static var isScaled: Bool { true }
  static var usualZero: Int { 8 }

  @inline(__always)
  static func value(_ base: UnsafeRawPointer, _ v: Int, _ u: Int) -> FloatVector {
    CIntrinsics_nibble(
      CIntrinsics_loadWords(base + v * lanes * 4), Int64(u < 4 ? 2 * u : 2 * (u - 4) + 1))
  }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { nibbleCode(source, index) }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 { placeNibble(code ^ 8, u) }
}
