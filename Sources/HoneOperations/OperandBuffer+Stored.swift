// OperandBuffer+Stored.swift: bytes filled with elements of any stored type.

internal import HoneCore
internal import KernelReference

extension OperandBuffer where Element == UInt8 {
  /// `count` values uniform in -0.5 ..< 0.5, times `factor` where the type has a point; any byte where it has none.
  func fillUniform(
    as type: StoredType, _ count: Int, times factor: Float = 1,
    _ generator: inout SeededGenerator
  ) {
    let raw = UnsafeMutableRawPointer(base)
    switch type {
    case .f32:
      let floats = raw.bindMemory(to: Float.self, capacity: count)
      UniformValues.fill(floats, count: count, seed: generator.next())
      if factor != 1 { for index in 0..<count { floats[index] *= factor } }
    case .bf16:
      let halves = raw.bindMemory(to: UInt16.self, capacity: count)
      for index in 0..<count {
        let bits = (generator.centered() * factor).bitPattern
        halves[index] = UInt16(truncatingIfNeeded: bits >> 16)
      }
    case .f16:
      let halves = raw.bindMemory(to: UInt16.self, capacity: count)
      for index in 0..<count { halves[index] = Float16(generator.centered() * factor).bitPattern }
    case .f64:
      let doubles = raw.bindMemory(to: Double.self, capacity: count)
      for index in 0..<count { doubles[index] = Double(generator.centered() * factor) }
    case .s8, .s4:
      for index in 0..<self.count {
        base[index] = UInt8(truncatingIfNeeded: generator.next() >> 32)
      }
    }
  }

  /// Every byte 0xFF: a NaN in each type that has one.
  func poison() {
    UnsafeMutableRawPointer(base).initializeMemory(as: UInt8.self, repeating: 0xFF, count: count)
  }
}
