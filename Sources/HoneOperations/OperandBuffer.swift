// OperandBuffer.swift: a typed array in page-aligned memory, filled reproducibly.

internal import HoneCore
internal import HoneHost

/// `count` elements that are 64-byte aligned and freed with their owner.
final class OperandBuffer<Element>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let region: MemoryRegion

  init(_ count: Int, pages: String) throws {
    region = try MemoryRegion(bytes: max(count, 1) * MemoryLayout<Element>.stride, pages: pages)
    base = region.base.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  var bytes: Int { count * MemoryLayout<Element>.stride }
}

extension OperandBuffer where Element == Float {
  /// Uniform in -0.5 ..< 0.5: no value dominates a sum, and sums of products stay far from overflow.
  func fillUniform(seed: UInt64) { UniformValues.fill(base, count: count, seed: seed) }

  /// A quiet NaN with a payload that no computation makes: an element that is not written shows.
  func poison() {
    for index in 0..<count { base[index] = Float(bitPattern: 0x7FC0_DEAD) }
  }
}
