// ActivationBuffer.swift: A, C or a residual in memory, in f32, bf16, f16 or f64.

internal import HoneCore
internal import KernelReference

final class ActivationBuffer: @unchecked Sendable {
  let type: StoredType
  let count: Int
  private let memory: OperandBuffer<UInt8>

  /// - Parameter type: not one with scales.
  init(_ count: Int, _ type: StoredType, pages: String) throws {
    (self.count, self.type) = (count, type)
    memory = try OperandBuffer(count * type.bits / 8, pages: pages)
  }

  var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(memory.base) }
  var bytes: Int { memory.count }

  /// Uniform in -0.5 ..< 0.5: no value dominates a sum, and sums of products stay far from overflow.
  func fillUniform(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    memory.fillUniform(as: type, count, &generator)
  }

  /// Every byte 0xFF, a NaN: an element that is not written shows.
  func poison() { memory.poison() }

  func copy(from other: ActivationBuffer) {
    base.copyMemory(from: other.base, byteCount: bytes)
  }
}
