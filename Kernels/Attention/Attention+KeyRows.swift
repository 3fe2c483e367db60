// Attention+KeyRows.swift: the inner loops of decoding: four key or value rows against a few query rows, all read along the row.

import CIntrinsics

/// Four rows of K or V, read together so that four streams of memory are in flight. Past the last key the last one is
/// repeated; what comes of it is masked.
struct FourRows {
  let row0: UnsafePointer<Float>
  let row1: UnsafePointer<Float>
  let row2: UnsafePointer<Float>
  let row3: UnsafePointer<Float>

  /// Rows j … j + 3 of `count`.
  @inline(__always)
  init(_ base: UnsafePointer<Float>, _ stride: Int, _ j: Int, count: Int) {
    let last = count - 1
    row0 = base + j * stride
    row1 = base + min(j + 1, last) * stride
    row2 = base + min(j + 2, last) * stride
    row3 = base + min(j + 3, last) * stride
  }
}

/// Asks for later rows, line by line in the order of memory, a few lines for each vector that is worked on: the core's
/// own prefetchers follow one stream, not the four that FourRows reads. (Measured: 7 GB/s without, 18 with.)
struct RowsAhead {
  private var row: UnsafePointer<Float>
  private var column = 0
  private let stride: Int
  private let dim: Int
  var isOn: Bool

  @inline(__always)
  init(_ row: UnsafePointer<Float>, _ stride: Int, dim: Int, isOn: Bool) {
    (self.row, self.stride, self.dim, self.isOn) = (row, stride, dim, isOn)
  }

  /// As many lines as one step of the work reads of four rows.
  @inline(__always)
  mutating func step() {
    guard isOn else { return }
    for line in 0..<lanes / 4 { CIntrinsics_prefetchL1(row + (column + 16 * line)) }
    column += 4 * lanes
    if column >= dim {
      column = 0
      row += stride
    }
  }
}

/// RB query rows against four key rows. SUMS = 4 RB. Registers: SUMS sums, 4 keys, 1 query vector; or SUMS weights, 4 values
/// and 1 output.
enum KeyRows<let RB: Int, let SUMS: Int> {
  typealias Sums = InlineArray<SUMS, FloatVector>

  /// scores[r][0..<4] = queries[r] · keys. Queries are padded with zeros to whole vectors, keys are not.
  @inline(__always)
  static func scores(
    _ dim: Int, _ keys: FourRows, _ queries: UnsafePointer<Float>, _ queryStride: Int,
    into scores: UnsafeMutablePointer<Float>, _ scoreStride: Int, _ ahead: inout RowsAhead
  ) {
    var sums: Sums = zeros()
    var d = 0
    while d + lanes <= dim {
      step(
        loadVector(keys.row0 + d), loadVector(keys.row1 + d), loadVector(keys.row2 + d),
        loadVector(keys.row3 + d), queries + d, queryStride, &sums)
      ahead.step()
      d += lanes
    }
    if d < dim {
      let mask = laneMask(dim - d)
      step(
        loadPartial(keys.row0 + d, mask), loadPartial(keys.row1 + d, mask),
        loadPartial(keys.row2 + d, mask), loadPartial(keys.row3 + d, mask), queries + d,
        queryStride, &sums)
    }
    for r in 0..<RB {
      let four = sumEach(sums[4 * r], sums[4 * r + 1], sums[4 * r + 2], sums[4 * r + 3])
      UnsafeMutableRawPointer(scores + r * scoreStride).storeBytes(of: four, as: SIMD4<Float>.self)
    }
  }

  @inline(__always)
  private static func step(
    _ k0: FloatVector, _ k1: FloatVector, _ k2: FloatVector, _ k3: FloatVector,
    _ queries: UnsafePointer<Float>, _ stride: Int, _ sums: inout Sums
  ) {
    for r in 0..<RB {
      let q = loadVector(queries + r * stride)
      sums[4 * r] = multiplyAdd(sums[4 * r], q, k0)
      sums[4 * r + 1] = multiplyAdd(sums[4 * r + 1], q, k1)
      sums[4 * r + 2] = multiplyAdd(sums[4 * r + 2], q, k2)
      sums[4 * r + 3] = multiplyAdd(sums[4 * r + 3], q, k3)
    }
  }

  /// outputs[r] += weights[r][0..<4] · values. Outputs are padded to whole vectors, values are not.
  @inline(__always)
  static func values(
    _ dim: Int, _ values: FourRows, _ weights: UnsafePointer<Float>, _ weightStride: Int,
    into outputs: UnsafeMutablePointer<Float>, _ outputStride: Int, _ ahead: inout RowsAhead
  ) {
    var factors: Sums = zeros()
    for r in 0..<RB {
      for c in 0..<4 {
        factors[4 * r + c] = FloatVector(repeating: weights[r * weightStride + c])
      }
    }
    var d = 0
    while d + lanes <= dim {
      add(
        loadVector(values.row0 + d), loadVector(values.row1 + d), loadVector(values.row2 + d),
        loadVector(values.row3 + d), factors, outputs + d, outputStride)
      ahead.step()
      d += lanes
    }
    if d < dim {
      let mask = laneMask(dim - d)
      add(
        loadPartial(values.row0 + d, mask), loadPartial(values.row1 + d, mask),
        loadPartial(values.row2 + d, mask), loadPartial(values.row3 + d, mask), factors,
        outputs + d, outputStride)
    }
  }

  @inline(__always)
  private static func add(
    _ v0: FloatVector, _ v1: FloatVector, _ v2: FloatVector, _ v3: FloatVector, _ factors: Sums,
    _ outputs: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    for r in 0..<RB {
      var sum = loadVector(outputs + r * stride)
      sum = multiplyAdd(sum, factors[4 * r], v0)
      sum = multiplyAdd(sum, factors[4 * r + 1], v1)
      sum = multiplyAdd(sum, factors[4 * r + 2], v2)
      sum = multiplyAdd(sum, factors[4 * r + 3], v3)
      storeVector(sum, outputs + r * stride)
    }
  }
}

/// The sums of the lanes of four vectors.
@inline(__always)
private func sumEach(
  _ a: FloatVector, _ b: FloatVector, _ c: FloatVector, _ d: FloatVector
) -> SIMD4<Float> {
  let ab = SIMD8<Float>(lowHalf: fold(a), highHalf: fold(b))
  let cd = SIMD8<Float>(lowHalf: fold(c), highHalf: fold(d))
  let pairs = SIMD8<Float>(
    lowHalf: ab.evenHalf + ab.oddHalf, highHalf: cd.evenHalf + cd.oddHalf)
  return pairs.evenHalf + pairs.oddHalf
}
