// GEMM-f32f16-weights.swift: A of floats, packed weights in IEEE binary16: half the bytes, one conversion a vector.
//
// The format of the weights; what is done with them is WeightsGEMM.swift.

import CIntrinsics

enum F16Weights: WeightFormat {
  static var unit: Int { 1 }
  static var columnBytes: Int { 2 }
  static var isScaled: Bool { false }
  static var usualZero: Int { 0 }

  @inline(__always)
  static func value(_ base: UnsafeRawPointer, _ v: Int, _ u: Int) -> FloatVector {
    CIntrinsics_widenF16(base + v * lanes * 2)
  }

  @inline(__always)
  static func put(
    _ base: UnsafeMutableRawPointer, column: Int, step: Int, from source: UnsafeRawPointer,
    _ index: Int
  ) {
    BF16Weights.put(base, column: column, step: step, from: source, index)
  }

  @inline(__always)
  static func putZero(_ base: UnsafeMutableRawPointer, column: Int, step: Int, zero: Int) {
    BF16Weights.putZero(base, column: column, step: step, zero: zero)
  }
}
