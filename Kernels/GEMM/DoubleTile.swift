// DoubleTile.swift: the micro-kernel of GEMM in doubles: rows of A where they lie, a packed panel of B, a tile of C in registers.
//
// As in RegisterTile.swift, ACC = MR * NV sums, NV vectors of B and one broadcast are alive.

#if HONE_LANES_16
  typealias DoubleVector = SIMD8<Double>
#elseif HONE_LANES_8
  typealias DoubleVector = SIMD4<Double>
#else
  typealias DoubleVector = SIMD2<Double>
#endif

/// The tile that this build's registers hold, and the one for the last rows.
#if HONE_REGISTERS_32
  let doubleRows = 8
  typealias WholeDoubleTile = DoubleTile<8, 3, 24>
  typealias SingleDoubleTile = DoubleTile<1, 3, 3>
#elseif HONE_FMA
  // Six rows would fit, but the compiler spills them.
  let doubleRows = 5
  typealias WholeDoubleTile = DoubleTile<5, 2, 10>
  typealias SingleDoubleTile = DoubleTile<1, 2, 2>
#else
  let doubleRows = 4
  typealias WholeDoubleTile = DoubleTile<4, 2, 8>
  typealias SingleDoubleTile = DoubleTile<1, 2, 2>
#endif

/// Where a tile puts alpha * its sums + beta * what is there.
struct DoubleTarget {
  var c: UnsafeMutablePointer<Double>
  var ldc: Int
  var alpha: Double
  var beta: Double
}

enum DoubleTile<let MR: Int, let NV: Int, let ACC: Int> {
  /// Columns of the tile.
  @inline(__always) static var NR: Int { NV * DoubleVector.scalarCount }

  /// - Parameters:
  ///   - a: the tile's first row at its first step, and the distances to the next row and step.
  ///   - b: a panel of depth k.
  @inline(never)
  static func multiply(
    _ k: Int, _ a: UnsafePointer<Double>, _ row: Int, _ step: Int, _ b: UnsafePointer<Double>,
    _ target: DoubleTarget
  ) {
    var sums = InlineArray<ACC, DoubleVector> { _ in DoubleVector(repeating: 0) }
    var (a, b, p) = (a, b, k)
    while p > 0 {
      var vectors = InlineArray<NV, DoubleVector> { _ in DoubleVector(repeating: 0) }
      for j in 0..<NV { vectors[j] = load(b + j * DoubleVector.scalarCount) }
      for i in 0..<MR {
        let x = DoubleVector(repeating: a[i * row])
        for j in 0..<NV { sums[i * NV + j] = multiplyAdd(sums[i * NV + j], x, vectors[j]) }
      }
      a += step
      b += NR
      p -= 1
    }
    store(sums, target)
  }

  /// beta == 0 does not read C.
  @inline(__always)
  private static func store(_ sums: InlineArray<ACC, DoubleVector>, _ target: DoubleTarget) {
    for i in 0..<MR {
      for j in 0..<NV {
        let at = target.c + (i * target.ldc + j * DoubleVector.scalarCount)
        var value = sums[i * NV + j] * target.alpha
        if target.beta != 0 {
          value = multiplyAdd(value, load(at), DoubleVector(repeating: target.beta))
        }
        UnsafeMutableRawPointer(at).storeBytes(of: value, as: DoubleVector.self)
      }
    }
  }

  @inline(__always)
  private static func load(_ p: UnsafePointer<Double>) -> DoubleVector {
    UnsafeRawPointer(p).loadUnaligned(as: DoubleVector.self)
  }
}
