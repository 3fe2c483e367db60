// Attention+Square.swift: blocks of 4 x 4 and 8 x 8 floats, turned in registers.

#if HONE_LANES_16 || HONE_LANES_8
  import CIntrinsics
#endif

/// to[c * toStride + i] = from[i * fromStride + c] * factors[c] for 8 rows of 8. Returns for each c the sum of 0 times the products:
/// NaN where one is not finite.
@inline(__always)
func turnProducts8(
  _ from: UnsafePointer<Float>, _ fromStride: Int, _ factors: SIMD8<Float>,
  _ to: UnsafeMutablePointer<Float>, _ toStride: Int
) -> SIMD8<Float> {
  #if HONE_LANES_16 || HONE_LANES_8
    return CIntrinsics_turnProducts8(from, Int64(fromStride), factors, to, Int64(toStride))
  #else
    var check = SIMD8<Float>(repeating: 0)
    for half in 0..<2 {
      let four = half == 0 ? factors.lowHalf : factors.highHalf
      for i in 0..<2 {
        let square = Square(from + 4 * i * fromStride + 4 * half, fromStride).times(four)
        let zeros = square.row0 * 0 + square.row1 * 0 + square.row2 * 0 + square.row3 * 0
        if half == 0 { check.lowHalf += zeros } else { check.highHalf += zeros }
        square.turned().store(to + 4 * half * toStride + 4 * i, toStride)
      }
    }
    return check
  #endif
}

/// Four rows of four floats.
struct Square {
  var row0: SIMD4<Float>
  var row1: SIMD4<Float>
  var row2: SIMD4<Float>
  var row3: SIMD4<Float>

  @inline(__always)
  init(_ row0: SIMD4<Float>, _ row1: SIMD4<Float>, _ row2: SIMD4<Float>, _ row3: SIMD4<Float>) {
    (self.row0, self.row1, self.row2, self.row3) = (row0, row1, row2, row3)
  }

  @inline(__always)
  init(_ p: UnsafePointer<Float>, _ stride: Int) {
    row0 = UnsafeRawPointer(p).loadUnaligned(as: SIMD4<Float>.self)
    row1 = UnsafeRawPointer(p + stride).loadUnaligned(as: SIMD4<Float>.self)
    row2 = UnsafeRawPointer(p + 2 * stride).loadUnaligned(as: SIMD4<Float>.self)
    row3 = UnsafeRawPointer(p + 3 * stride).loadUnaligned(as: SIMD4<Float>.self)
  }

  @inline(__always)
  func times(_ factors: SIMD4<Float>) -> Square {
    var result = self
    result.row0 *= factors
    result.row1 *= factors
    result.row2 *= factors
    result.row3 *= factors
    return result
  }

  @inline(__always)
  func plus(_ other: Square) -> Square {
    var result = self
    result.row0 += other.row0
    result.row1 += other.row1
    result.row2 += other.row2
    result.row3 += other.row3
    return result
  }

  @inline(__always)
  func transposed(times factor: Float) -> Square {
    turned().times(SIMD4<Float>(repeating: factor))
  }

  /// Bits move and nothing is computed: the elements need not be floats.
  @inline(__always)
  func turned() -> Square {
    let top = SIMD8<Float>(lowHalf: row0, highHalf: row1)
    let bottom = SIMD8<Float>(lowHalf: row2, highHalf: row3)
    let even = SIMD8<Float>(lowHalf: top.evenHalf, highHalf: bottom.evenHalf)
    let odd = SIMD8<Float>(lowHalf: top.oddHalf, highHalf: bottom.oddHalf)
    var result = self
    result.row0 = even.evenHalf
    result.row1 = odd.evenHalf
    result.row2 = even.oddHalf
    result.row3 = odd.oddHalf
    return result
  }

  @inline(__always)
  func store(_ p: UnsafeMutablePointer<Float>, _ stride: Int) {
    UnsafeMutableRawPointer(p).storeBytes(of: row0, as: SIMD4<Float>.self)
    UnsafeMutableRawPointer(p + stride).storeBytes(of: row1, as: SIMD4<Float>.self)
    UnsafeMutableRawPointer(p + 2 * stride).storeBytes(of: row2, as: SIMD4<Float>.self)
    UnsafeMutableRawPointer(p + 3 * stride).storeBytes(of: row3, as: SIMD4<Float>.self)
  }
}
