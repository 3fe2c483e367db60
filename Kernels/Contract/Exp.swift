// Exp.swift: 2^x of a vector for softmax, and the logarithm of one number; both without tables and without libm.

import CIntrinsics

#if HONE_LANES_16
  typealias BitVector = SIMD16<UInt32>
#elseif HONE_LANES_8
  typealias BitVector = SIMD8<UInt32>
#else
  typealias BitVector = SIMD4<UInt32>
#endif

/// 2^x for x < 128, within 1.01 units in the last place (ExpTests looks at the whole range).
///
/// Below -126 the result is 0, so neither it nor anything on the way is subnormal; -infinity gives 0, NaN stays NaN, and
/// 0 gives exactly 1. Above 128 the result means nothing.
///
/// x = n + f with n whole and f in -1/2 … 1/2. Without instructions for it, adding 1.5 · 2²³ + 127 rounds x to n and leaves
/// n + 127, which is the exponent field of 2^n, in the low bits. 2^f is a polynomial of degree 6 with constant term 1, minimax for
/// the relative error: 2.6 · 10⁻⁹ before rounding.
@inline(__always)
func exp2(_ x: FloatVector) -> FloatVector {
  let split = WholeAndFraction(x)
  let f = split.fraction
  var p = FloatVector(repeating: 0x1.470b4ap-13)
  p = multiplyAdd(FloatVector(repeating: 0x1.5f7276p-10), p, f)
  p = multiplyAdd(FloatVector(repeating: 0x1.3b270ep-7), p, f)
  p = multiplyAdd(FloatVector(repeating: 0x1.c6ae72p-5), p, f)
  p = multiplyAdd(FloatVector(repeating: 0x1.ebfbe2p-3), p, f)
  p = multiplyAdd(FloatVector(repeating: 0x1.62e432p-1), p, f)
  p = multiplyAdd(FloatVector(repeating: 1), p, f)
  return split.timesPower(p, x)
}

/// 2^x within 2⁻¹⁸ of itself, for weights that are rounded to 8 bits anyway: degree 4 instead of 6. The same at the edges.
@inline(__always)
func shortExp2(_ x: FloatVector) -> FloatVector {
  let split = WholeAndFraction(x)
  let f = split.fraction
  var p = FloatVector(repeating: 0x1.3a02ccp-7)
  p = multiplyAdd(FloatVector(repeating: 0x1.c9fc46p-5), p, f)
  p = multiplyAdd(FloatVector(repeating: 0x1.ec0378p-3), p, f)
  p = multiplyAdd(FloatVector(repeating: 0x1.62e12cp-1), p, f)
  p = multiplyAdd(FloatVector(repeating: 1), p, f)
  return split.timesPower(p, x)
}

/// x as its nearest whole number and the rest. AVX-512 has instructions for both halves of the work (half a dozen fewer).
private struct WholeAndFraction {
  let whole: FloatVector
  let fraction: FloatVector

  @inline(__always)
  init(_ x: FloatVector) {
    #if HONE_LANES_16
      whole = CIntrinsics_whole(x)
      fraction = x - whole
    #else
      let shift = FloatVector(repeating: 12_583_039)
      let bounded = x.replacing(with: -127, where: x .< FloatVector(repeating: -126))
      whole = bounded + shift
      fraction = bounded - (whole - shift)
    #endif
  }

  /// p · 2^whole, or 0 where x is below -126.
  @inline(__always)
  func timesPower(_ p: FloatVector, _ x: FloatVector) -> FloatVector {
    #if HONE_LANES_16
      return CIntrinsics_timesPower(p, whole, x)
    #else
      return p
        * unsafeBitCast(unsafeBitCast(whole, to: BitVector.self) &<< 23, to: FloatVector.self)
    #endif
  }
}

/// The larger of two in each lane; `a` where `b` is NaN, NaN where `a` is.
@inline(__always)
func larger(_ a: FloatVector, _ b: FloatVector) -> FloatVector {
  a.replacing(with: b, where: b .> a)
}

/// log2(e), and its inverse: softmax works in powers of two.
let binaryPerNatural: Float = 0x1.715476p+0
let naturalPerBinary: Double = 0x1.62e42fefa39efp-1

/// The natural logarithm of a positive, normal number, to about 12 digits.
///
/// x = m · 2^e with m between √½ and √2, and ln m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.172.
func naturalLogarithm(_ x: Float) -> Double {
  let bits = x.bitPattern &- 0x3F35_04F3
  let exponent = Int32(bitPattern: bits) >> 23
  let m = Double(Float(bitPattern: (bits & 0x7F_FFFF) &+ 0x3F35_04F3))
  let s = (m - 1) / (m + 1)
  let square = s * s
  var series = 1.0 / 15
  series = series * square + 1.0 / 13
  series = series * square + 1.0 / 11
  series = series * square + 1.0 / 9
  series = series * square + 1.0 / 7
  series = series * square + 1.0 / 5
  series = series * square + 1.0 / 3
  series = series * square + 1
  return 2 * s * series + Double(exponent) * naturalPerBinary
}

/// y[i] = 2^x[i], as the attention kernels compute it: exported so that its error can be measured.
@c(hone_exp2_f32)
public func exp2_f32(
  _ count: Int64, _ x: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>?
) {
  guard let x, let y else { return }
  for i in 0..<Int(max(count, 0)) { y[i] = exp2(FloatVector(repeating: x[i]))[0] }
}
