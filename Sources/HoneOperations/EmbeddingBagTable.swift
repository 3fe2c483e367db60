// EmbeddingBagTable.swift: a table filled reproducibly, in any row type.

internal import HoneCore
internal import KernelReference

/// Elements about uniform in -0.5 ..< 0.5 in every type, so that types compare. Scales and biases differ from row to row by an eighth.
enum EmbeddingBagTable {
  static func fill(
    _ table: OperandBuffer<UInt8>, _ type: BagRowType, dim: Int, scalesFirst: Bool, seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    let raw = UnsafeMutableRawPointer(table.base)
    switch type {
    case .f32:
      let floats = raw.bindMemory(to: Float.self, capacity: table.count / 4)
      for index in 0..<table.count / 4 { floats[index] = generator.centered() }
    case .f16:
      let halves = raw.bindMemory(to: UInt16.self, capacity: table.count / 2)
      for index in 0..<table.count / 2 {
        halves[index] = Float16(generator.centered()).bitPattern
      }
    case .bf16:
      let halves = raw.bindMemory(to: UInt16.self, capacity: table.count / 2)
      for index in 0..<table.count / 2 {
        halves[index] = UInt16(truncatingIfNeeded: generator.centered().bitPattern >> 16)
      }
    case .u8f32, .u8f16, .u4f32, .u4f16:
      for index in 0..<table.count {
        table.base[index] = UInt8(truncatingIfNeeded: generator.next() >> 32)
      }
      fillScales(table, type, dim, scalesFirst, &generator)
    }
  }

  private static func fillScales(
    _ table: OperandBuffer<UInt8>, _ type: BagRowType, _ dim: Int, _ scalesFirst: Bool,
    _ generator: inout SeededGenerator
  ) {
    let rowBytes = type.rowBytes(dim)
    let place = scalesFirst ? 0 : rowBytes - type.scaleBytes
    for start in stride(from: place, to: table.count, by: rowBytes) {
      let width = 1 + generator.centered() / 4
      put(table.base + start, type, scale: width / Float((1 << type.bits) - 1), bias: -width / 2)
    }
  }

  private static func put(
    _ base: UnsafeMutablePointer<UInt8>, _ type: BagRowType, scale: Float, bias: Float
  ) {
    let raw = UnsafeMutableRawPointer(base)
    if type.scaleBytes == 8 {
      raw.storeBytes(of: scale, as: Float.self)
      raw.storeBytes(of: bias, toByteOffset: 4, as: Float.self)
    } else {
      raw.storeBytes(of: Float16(scale).bitPattern, as: UInt16.self)
      raw.storeBytes(of: Float16(bias).bitPattern, toByteOffset: 2, as: UInt16.self)
    }
  }
}
