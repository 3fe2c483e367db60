// TriangularFactor.swift: the Cholesky factor of a covariance matrix that grows by a row at a time.

internal import Glibc

/// A lower triangular matrix L, packed row after row: row i has i + 1 numbers from i (i + 1) / 2 on.
struct TriangularFactor: Sendable {
  private(set) var count = 0
  private var packed: [Double] = []

  /// The row of a further point. A repeated point without noise would give a diagonal of 0, and rounding less than that: it is kept positive.
  mutating func append(_ covariances: [Float], diagonal: Double) {
    var row = solved(covariances.map(Double.init))
    let rest = diagonal - row.reduce(0) { $0 + $1 * $1 }
    row.append(max(rest, 1e-9).squareRoot())
    packed += row
    count += 1
  }

  /// The numbers of a row left of the diagonal, and the diagonal.
  func row(_ index: Int) -> (left: ArraySlice<Double>, diagonal: Double) {
    let start = index * (index + 1) / 2
    return (packed[start..<start + index], packed[start + index])
  }

  /// Half the logarithm of the determinant of L Lᵀ.
  var logDeterminant: Double {
    (0..<count).reduce(0) { $0 + log(packed[$1 * ($1 + 1) / 2 + $1]) }
  }

  /// L⁻¹ v.
  func solved(_ vector: [Double]) -> [Double] {
    var result = vector
    result.withUnsafeMutableBufferPointer { x in
      packed.withUnsafeBufferPointer { packed in
        guard let base = packed.baseAddress, let start = x.baseAddress else { return }
        var row = base
        for i in 0..<count {
          x[i] = (x[i] - Self.dot(row, start, i)) / row[i]
          row += i + 1
        }
      }
    }
    return result
  }

  /// L⁻ᵀ v.
  func solvedTransposed(_ vector: [Double]) -> [Double] {
    var result = vector
    result.withUnsafeMutableBufferPointer { x in
      packed.withUnsafeBufferPointer { packed in
        for i in stride(from: count - 1, through: 0, by: -1) {
          let start = i * (i + 1) / 2
          x[i] /= packed[start + i]
          let value = x[i]
          for j in 0..<i { x[j] -= packed[start + j] * value }
        }
      }
    }
    return result
  }

  /// Four sums side by side: one sum alone waits for each addition.
  private static func dot(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    var sums = SIMD4<Double>.zero
    let (rawA, rawB) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    let even = count & ~3
    for i in stride(from: 0, to: even, by: 4) {
      sums +=
        rawA.loadUnaligned(fromByteOffset: i * 8, as: SIMD4<Double>.self)
        * rawB.loadUnaligned(fromByteOffset: i * 8, as: SIMD4<Double>.self)
    }
    var sum = sums.sum()
    for i in even..<count { sum += a[i] * b[i] }
    return sum
  }
}
