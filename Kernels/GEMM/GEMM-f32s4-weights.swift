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
  static func put(
    _ base: UnsafeMutableRawPointer, column: Int, step: Int, from source: UnsafeRawPointer,
    _ index: Int
  ) {
    let byte = source.loadUnaligned(fromByteOffset: index / 2, as: UInt8.self)
    setNibble(base, column, step, (index & 1 == 0 ? byte & 15 : byte >> 4) ^ 8)
  }

  @inline(__always)
  static func putZero(_ base: UnsafeMutableRawPointer, column: Int, step: Int, zero: Int) {
    setNibble(base, column, step, UInt8(truncatingIfNeeded: zero & 15) ^ 8)
  }

  /// Sets one half of a byte and leaves the other.
  @inline(__always)
  static func setNibble(
    _ base: UnsafeMutableRawPointer, _ column: Int, _ step: Int, _ value: UInt8
  ) {
    let at = base + (4 * column + (step & 3))
    let old = at.load(as: UInt8.self)
    let new = step < 4 ? (old & 0xF0) | value : (old & 0x0F) | (value << 4)
    at.storeBytes(of: new, as: UInt8.self)
  }
}
