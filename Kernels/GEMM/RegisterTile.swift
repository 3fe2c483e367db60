// RegisterTile.swift: the micro-kernel of packed GEMM: one tile of C in registers, over packed panels of A and B.
//
//            NV vectors of B's panel            A's panel holds MR values for each p, B's panel NV vectors.
//           +---------+---------+               For each p: load the NV vectors of B, then for each row
//   a[0] -> | sum 0,0 | sum 0,1 |               broadcast one value of A and do NV multiply-adds. In this
//   a[1] -> | sum 1,0 | sum 1,1 |               order ACC = MR * NV sums, NV vectors of B and one broadcast
//     :     |    :    |    :    |               are alive: a tile fits when MR * NV + NV + 1 registers exist.
//           +---------+---------+               (BLIS, Van Zee and van de Geijn, ACM TOMS 41(3), 2015.)

import CIntrinsics

/// Where a tile puts alpha * its sums + beta * what is there.
struct TileTarget {
  var c: UnsafeMutablePointer<Float>
  var ldc: Int
  var alpha: Float
  var beta: Float
}

enum RegisterTile<let MR: Int, let NV: Int, let ACC: Int> {
  typealias Sums = InlineArray<ACC, FloatVector>

  /// Columns of the tile.
  @inline(__always) static var NR: Int { NV * lanes }

  /// C's tile = alpha * a * b + beta * C's tile, for panels of depth k; always a whole tile. A tile that C cuts is computed
  /// into a buffer by the caller and copied from there: a second way to store the sums would tempt the compiler to keep
  /// them in memory.
  /// - Parameter unroll: steps of k a loop iteration: 1, 2 or 4.
  @inline(never)
  static func multiply(
    _ k: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ target: TileTarget,
    unroll: Int
  ) {
    var sums: Sums = zeros()
    var (a, b, p) = (a, b, k)
    if unroll >= 4 {
      while p >= 4 {
        for u in 0..<4 { step(a + u * MR, b + u * NR, &sums) }
        (a, b, p) = (a + 4 * MR, b + 4 * NR, p - 4)
      }
    }
    if unroll >= 2 {
      while p >= 2 {
        for u in 0..<2 { step(a + u * MR, b + u * NR, &sums) }
        (a, b, p) = (a + 2 * MR, b + 2 * NR, p - 2)
      }
    }
    while p > 0 {
      step(a, b, &sums)
      (a, b, p) = (a + MR, b + NR, p - 1)
    }
    store(sums, target)
  }

  @inline(__always)
  private static func step(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ sums: inout Sums
  ) {
    var row: InlineArray<NV, FloatVector> = zeros()
    for j in 0..<NV { row[j] = loadFirst(b + j * lanes) }
    for i in 0..<MR {
      let x = FloatVector(repeating: a[i])
      for j in 0..<NV { sums[i * NV + j] = inTurn(multiplyAdd(sums[i * NV + j], x, row[j])) }
    }
  }

  /// A whole tile. beta == 0 does not read C.
  @inline(__always)
  static func store(_ sums: Sums, _ target: TileTarget) {
    let alpha = FloatVector(repeating: target.alpha)
    if target.beta == 0 {
      for i in 0..<MR {
        let row = target.c + i * target.ldc
        for j in 0..<NV { storeVector(sums[i * NV + j] * alpha, row + j * lanes) }
      }
      return
    }
    let beta = FloatVector(repeating: target.beta)
    for i in 0..<MR {
      let row = target.c + i * target.ldc
      for j in 0..<NV {
        let old = loadVector(row + j * lanes)
        storeVector(multiplyAdd(old * beta, sums[i * NV + j], alpha), row + j * lanes)
      }
    }
  }

  /// Asks for C's tile ahead of its use at the end.
  @inline(__always)
  static func prefetch(_ target: TileTarget) {
    let line = 16
    for i in 0..<MR {
      var j = 0
      while j < NR {
        CIntrinsics_prefetchL1(target.c + (i * target.ldc + j))
        j += line
      }
    }
  }
}
