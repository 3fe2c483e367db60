// GEMM-f32s8-weights.swift: A of floats, packed weights in bytes with a scale a column or group: a quarter of the bytes.
//
// The format of the weights; what is done with them is WeightsGEMM.swift.

import CIntrinsics

/// Bytes, one step of k after the other.
enum S8Weights: WeightFormat {
  static var unit: Int { 1 }
  static var columnBytes: Int { 1 }
  static var isScaled: Bool { true }
  static var usualZero: Int { 0 }

  @inline(__always)
  static func value(_ base: UnsafeRawPointer, _ v: Int, _ u: Int) -> FloatVector {
    CIntrinsics_widenS8(base + v * lanes)
  }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { byteCode(source, index) }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 { code & 0xFF }
}
