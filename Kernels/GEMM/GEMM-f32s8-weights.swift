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
  static func put(
    _ base: UnsafeMutableRawPointer, column: Int, step: Int, from source: UnsafeRawPointer,
    _ index: Int
  ) {
    base.storeBytes(
      of: source.loadUnaligned(fromByteOffset: index, as: UInt8.self), toByteOffset: column,
      as: UInt8.self)
  }

  @inline(__always)
  static func putZero(_ base: UnsafeMutableRawPointer, column: Int, step: Int, zero: Int) {
    base.storeBytes(of: UInt8(truncatingIfNeeded: zero), toByteOffset: column, as: UInt8.self)
  }
}
