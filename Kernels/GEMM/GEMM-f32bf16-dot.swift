// GEMM-f32bf16-dot.swift: weights in bfloat16 against A rounded to bfloat16: two products an instruction, sums in floats.
//
// A word holds two steps of k of one column. What is done with it is PairGEMM.swift; builds without the instruction leave it out.

enum BF16Pairs: PackedFormat {
  static var unit: Int { 2 }
  static var columnBytes: Int { 4 }
  static var isScaled: Bool { false }
  static var usualZero: Int { 0 }

  @inline(__always)
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 { halfCode(source, index) }

  @inline(__always)
  static func place(_ code: UInt32, _ u: Int) -> UInt32 {
    code << UInt32(truncatingIfNeeded: 16 * u)
  }
}
