// GEMM-f32bf16-weights.swift: A of floats, packed weights in bfloat16: half the bytes, a shift to convert.
//
// The format of the weights; what is done with them is WeightsGEMM.swift.

import CIntrinsics

enum BF16Weights: WeightFormat {
  static var unit: Int { 1 }
  static var columnBytes: Int { 2 }
  static var isScaled: Bool { false }
  static var usualZero: Int { 0 }

  @inline(__always)
  static func value(_ base: UnsafeRawPointer, _ v: Int, _ u: Int) -> FloatVector {
    CIntrinsics_widenBF16(base + v * lanes * 2)
  }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { halfCode(source, index) }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 { code }
}
