// EmbeddingBagTable.swift: a table filled reproducibly, in any row type.

internal import HoneCore
internal import KernelReference

/// Elements about uniform in -0.5 ..< 0.5 in every type, so that types compare. Scales and biases differ from row to row by an eighth.
enum EmbeddingBagTable {
  static func fill(
    _ table: OperandBuffer<UInt8>, _ type: BagRowType, dim: Int, scalesFirst: Bool, seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    switch type {
    case .f32: table.fillUniform(as: .f32, table.count / 4, &generator)
    case .f16: table.fillUniform(as: .f16, table.count / 2, &generator)
    case .bf16: table.fillUniform(as: .bf16, table.count / 2, &generator)
    case .u8f32, .u8f16, .u4f32, .u4f16:
      table.fillUniform(as: .s8, table.count, &generator)
      fillScales(table, type, dim, scalesFirst, seed: generator.next())
    }
  }

  private static func fillScales(
    _ table: OperandBuffer<UInt8>, _ type: BagRowType, _ dim: Int, _ scalesFirst: Bool, seed: UInt64
  ) {
    let rowBytes = type.rowBytes(dim)
    nonisolated(unsafe) let first = table.base + (scalesFirst ? 0 : rowBytes - type.scaleBytes)
    UniformValues.blocks(table.count / max(rowBytes, 1), seed: seed) { rows, generator in
      for row in rows {
        let width = 1 + generator.centered() / 4
        put(
          first + row * rowBytes, type, scale: width / Float((1 << type.bits) - 1),
          bias: -width / 2)
      }
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
