// OperandBuffer.swift: a typed array in page-aligned memory, filled reproducibly.

internal import HoneCore
internal import HoneHost

/// `count` elements that are 64-byte aligned and live as long as their owner. They hold anything at first.
final class OperandBuffer<Element>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private var memory: OperandMemory.Piece

  convenience init(_ count: Int, pages: String) throws {
    try self.init(count, pages: pages, content: nil)
    memory.content = nil
  }

  /// A buffer that is filled already where one with the same content was given up before.
  /// - Parameters:
  ///   - content: names everything that `fill` depends on but the size.
  ///   - fill: writes all of it, always the same. Whoever has the buffer only reads it afterwards.
  convenience init(
    _ count: Int, pages: String, content: String, fill: (OperandBuffer<Element>) -> Void
  ) throws {
    let content = "\(content) \(count) \(Element.self)"
    try self.init(count, pages: pages, content: content)
    guard memory.content != content else { return }
    fill(self)
    memory.content = content
  }

  private init(_ count: Int, pages: String, content: String?) throws {
    memory = try OperandMemory.take(
      max(count, 1) * MemoryLayout<Element>.stride, pages: pages, content: content)
    base = memory.region.base.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { OperandMemory.give(memory) }

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
