// ByteScales.swift: scales and zero points of an A in bytes.

internal import CHoneKernel
internal import HoneCore

/// Values are about uniform in -0.5 ..< 0.5, as in the other types; scales differ by a factor of two from row to row, zero points lie
/// anywhere in the bytes that A's type has.
final class ByteScales: @unchecked Sendable {
  private let scales: UnsafeMutableBufferPointer<Float>
  private let zeros: UnsafeMutableBufferPointer<Int32>

  init(_ sizes: hone_gemm, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = sizes.a_row_scales != 0 ? max(1, Int(sizes.m)) : 1
    scales = .allocate(capacity: count)
    zeros = .allocate(capacity: count)
    let least: Int32 = sizes.a_type == Int32(HONE_TYPE_U8) ? 0 : -128
    for index in 0..<count {
      scales[index] = 0.5 / 128 * (0.75 + 0.5 * generator.centered())
      zeros[index] = least + Int32(truncatingIfNeeded: generator.next() >> 56)
    }
  }

  deinit {
    scales.deallocate()
    zeros.deallocate()
  }

  func put(into problem: inout hone_gemm) {
    problem.a_scales = UnsafePointer(scales.baseAddress)
    problem.a_zeros = UnsafePointer(zeros.baseAddress)
  }
}
