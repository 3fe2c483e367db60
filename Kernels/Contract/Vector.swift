// Vector.swift: the vector of floats that this build of the kernels computes with, and its multiply-add.

#if HONE_LANES_16
  typealias FloatVector = SIMD16<Float>
#elseif HONE_LANES_8
  typealias FloatVector = SIMD8<Float>
#else
  typealias FloatVector = SIMD4<Float>
#endif

/// Floats in one `FloatVector`.
@inline(__always) var lanes: Int { FloatVector.scalarCount }

/// `a * b + c`: one instruction where the instruction set has a fused form, two roundings where it has none
/// (`addProduct` would be a call of `fmaf` for each lane there).
@inline(__always)
func multiplyAdd<V: SIMD>(_ c: V, _ a: V, _ b: V) -> V where V.Scalar: FloatingPoint {
  #if HONE_FMA
    return c.addingProduct(a, b)
  #else
    return c + a * b
  #endif
}

@inline(__always)
func loadVector(_ p: UnsafePointer<Float>) -> FloatVector {
  UnsafeRawPointer(p).loadUnaligned(as: FloatVector.self)
}

@inline(__always)
func storeVector(_ v: FloatVector, _ p: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(p).storeBytes(of: v, as: FloatVector.self)
}

/// The sum of a vector's quarters (or halves, or itself): four lanes.
@inline(__always)
func fold(_ v: FloatVector) -> SIMD4<Float> {
  #if HONE_LANES_16
    let half = v.lowHalf + v.highHalf
    return half.lowHalf + half.highHalf
  #elseif HONE_LANES_8
    return v.lowHalf + v.highHalf
  #else
    return v
  #endif
}
