// OperandBuffer+Stored.swift: bytes filled with elements of any stored type, on all cores.

internal import HoneCore
internal import KernelReference

extension OperandBuffer where Element == UInt8 {
  /// `count` values uniform in -0.5 ..< 0.5, times `factor` where the type has a point; any byte where it has none.
  func fillUniform(
    as type: StoredType, _ count: Int, times factor: Float = 1, _ generator: inout SeededGenerator
  ) {
    let seed = generator.next()
    switch type {
    case .f32 where factor == 1:
      let floats = UnsafeMutableRawPointer(base).bindMemory(to: Float.self, capacity: count)
      UniformValues.fill(floats, count: count, seed: seed)
    case .f32:
      fill(count, seed) { $0.centered() * factor }
    case .bf16:
      fill(count, seed) {
        UInt16(truncatingIfNeeded: ($0.centered() * factor).bitPattern >> 16)
      }
    case .f16:
      fill(count, seed) { Float16($0.centered() * factor).bitPattern }
    case .f64:
      fill(count, seed) { Double($0.centered() * factor) }
    case .s8, .s4, .u8, .s32:
      fill(self.count / 8, seed) { $0.next() }
      for index in self.count / 8 * 8..<self.count {
        base[index] = UInt8(truncatingIfNeeded: generator.next() >> 32)
      }
    }
  }

  /// The first `count` elements as values of another type, each from a draw.
  private func fill<Value>(
    _ count: Int, _ seed: UInt64, _ value: @Sendable (inout SeededGenerator) -> Value
  ) {
    let values = UnsafeMutableRawPointer(base).bindMemory(to: Value.self, capacity: count)
    nonisolated(unsafe) let first = values
    UniformValues.blocks(count, seed: seed) { range, generator in
      for index in range { first[index] = value(&generator) }
    }
  }

  /// Every byte 0xFF: a NaN in each type that has one.
  func poison() {
    UnsafeMutableRawPointer(base).initializeMemory(as: UInt8.self, repeating: 0xFF, count: count)
  }
}
