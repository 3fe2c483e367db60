// GEMMWeights.swift: one set of B: its elements in their own type, with scales and zero points where the type has them.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// Values about uniform in -0.5 ..< 0.5 in every type, so that types compare. Scales differ by a factor of two from column to
/// column and group to group; zero points lie anywhere.
final class GEMMWeights: @unchecked Sendable {
  private let elements: OperandBuffer<UInt8>
  private let scales: OperandBuffer<UInt8>?
  private let zeros: OperandBuffer<UInt8>?
  private let hasZeros: Bool

  init(_ sizes: hone_gemm, _ type: StoredType, seed: UInt64, pages: String) throws {
    let rows = Int(sizes.trans_b == 0 ? sizes.k : sizes.n)
    let count = rows * Int(sizes.ldb) * max(1, Int(sizes.batch))
    elements = try OperandBuffer(
      (count * type.bits + 7) / 8, pages: pages, content: "uniform \(type) \(seed)"
    ) {
      var generator = SeededGenerator(seed: seed)
      $0.fillUniform(as: type, count, &generator)
    }
    hasZeros = sizes.zero_points != 0
    let groups = sizes.group > 0 ? (sizes.k + sizes.group - 1) / sizes.group : 1
    let scaleCount = Int(groups * sizes.n)
    scales =
      type.isScaled ? try OperandBuffer(scaleCount * (sizes.group > 0 ? 2 : 4), pages: pages) : nil
    zeros = hasZeros ? try OperandBuffer(scaleCount, pages: pages) : nil
    var generator = SeededGenerator(seed: seed ^ 0x5CA1E)
    if type.isScaled { fillScales(type, scaleCount, isHalf: sizes.group > 0, &generator) }
  }

  /// The problem with this set as its B.
  func put(into problem: inout hone_gemm) {
    problem.b = UnsafeRawPointer(elements.base)
    problem.b_scales = scales.map { UnsafeRawPointer($0.base) }
    problem.b_zeros = zeros.map { UnsafePointer($0.base) }
  }

  private func fillScales(
    _ type: StoredType, _ count: Int, isHalf: Bool, _ generator: inout SeededGenerator
  ) {
    guard let scales else { return }
    let raw = UnsafeMutableRawPointer(scales.base)
    let largest: Float = type == .s8 ? 0.5 / 128 : 0.5 / 8
    for index in 0..<count {
      let scale = largest * (0.75 + 0.5 * generator.centered())
      if isHalf {
        raw.storeBytes(
          of: Float16(scale).bitPattern, toByteOffset: 2 * index, as: UInt16.self)
      } else {
        raw.storeBytes(of: scale, toByteOffset: 4 * index, as: Float.self)
      }
      guard let zeros else { continue }
      let byte = UInt8(truncatingIfNeeded: generator.next() >> 32)
      zeros.base[index] = type == .s8 ? byte : byte & 15
    }
  }
}
