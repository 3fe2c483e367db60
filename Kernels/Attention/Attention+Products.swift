// Attention+Products.swift: the products of tiled attention, with queries along the lanes: of floats, or of pairs of bfloat16.

import CIntrinsics

/// What a lane holds of the two factors of a product, four bytes of each: a number, or a pair of neighbours.
protocol LaneProducts {
  /// Numbers of a row of K, or rows of V, whose products a lane adds up at once.
  static var depth: Int { get }
  /// The four bytes at p, in every lane.
  static func every(_ p: UnsafeRawPointer) -> FloatVector
  static func add(_ sum: FloatVector, _ x: FloatVector, _ row: FloatVector) -> FloatVector
  /// A logit from a sum of products. Floats are scaled with the queries.
  static func logits(_ sum: FloatVector, _ scale: FloatVector) -> FloatVector
  /// A column of logits, one every `width` floats up to `end`, becomes weights, which are added to `sum`. A column of an odd number of
  /// logits has one of -infinity behind it.
  static func weigh(
    _ column: UnsafeMutablePointer<Float>, _ end: UnsafeMutablePointer<Float>, _ width: Int,
    _ top: FloatVector, _ sum: FloatVector, _ power: (FloatVector) -> FloatVector
  ) -> FloatVector
}

enum FloatProducts: LaneProducts {
  @inline(__always) static var depth: Int { 1 }
  @inline(__always)
  static func every(_ p: UnsafeRawPointer) -> FloatVector {
    FloatVector(repeating: p.loadUnaligned(as: Float.self))
  }
  @inline(__always)
  static func add(_ sum: FloatVector, _ x: FloatVector, _ row: FloatVector) -> FloatVector {
    inTurn(multiplyAdd(sum, x, row))
  }
  @inline(__always)
  static func logits(_ sum: FloatVector, _ scale: FloatVector) -> FloatVector { sum }
  @inline(__always)
  static func weigh(
    _ column: UnsafeMutablePointer<Float>, _ end: UnsafeMutablePointer<Float>, _ width: Int,
    _ top: FloatVector, _ sum: FloatVector, _ power: (FloatVector) -> FloatVector
  ) -> FloatVector {
    var (column, sum) = (column, sum)
    while column < end {
      let weight = power(loadVector(column) - top)
      storeVector(weight, column)
      sum += weight
      column += width
    }
    return sum
  }
}

#if HONE_BF16
  /// Half the instructions and half the bytes: a broadcast brings two numbers.
  enum PairProducts: LaneProducts {
    @inline(__always) static var depth: Int { 2 }
    @inline(__always)
    static func every(_ p: UnsafeRawPointer) -> FloatVector { CIntrinsics_everyPair(p) }
    @inline(__always)
    static func add(_ sum: FloatVector, _ x: FloatVector, _ row: FloatVector) -> FloatVector {
      CIntrinsics_addPairs(sum, x, row)
    }
    @inline(__always)
    static func logits(_ sum: FloatVector, _ scale: FloatVector) -> FloatVector { sum * scale }
    /// Two rows of weights become one of pairs, where the first of them was or before.
    @inline(__always)
    static func weigh(
      _ column: UnsafeMutablePointer<Float>, _ end: UnsafeMutablePointer<Float>, _ width: Int,
      _ top: FloatVector, _ sum: FloatVector, _ power: (FloatVector) -> FloatVector
    ) -> FloatVector {
      var (column, pair, sum) = (column, column, sum)
      while column < end {
        let even = power(loadVector(column) - top)
        let odd = power(loadVector(column + width) - top)
        storeVector(CIntrinsics_roundPairs(even, odd), pair)
        sum += even + odd
        column += 2 * width
        pair += width
      }
      return sum
    }
  }
#endif
