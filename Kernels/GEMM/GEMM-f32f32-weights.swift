// GEMM-f32f32-weights.swift: A of floats, weights in floats that are packed once: what repeated products with one B gain from constancy.
//
// The format of the weights; what is done with them is WeightsGEMM.swift. Nothing is converted: tiles read the panels where they lie.

enum F32Weights: WeightFormat {
  static var unit: Int { 1 }
  static var columnBytes: Int { 4 }
  static var isScaled: Bool { false }
  static var usualZero: Int { 0 }
  static var isPlain: Bool { true }

  @inline(__always)
  static func value(_ base: UnsafeRawPointer, _ v: Int, _ u: Int) -> FloatVector {
    base.loadUnaligned(fromByteOffset: v * lanes * 4, as: FloatVector.self)
  }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 {
    source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
  }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 { code }
}
