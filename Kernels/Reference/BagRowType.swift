// BagRowType.swift: how the rows of an embedding table are stored (hone_kernel.h says what the words mean), and one row in Double.

/// A data type of embedding-bag: "f32", "f16", "bf16", or elements with the type of their scale and bias: "u8f32", "u4f16" …
public enum BagRowType: String, CaseIterable, Sendable {
  case f32, f16, bf16, u8f32, u8f16, u4f32, u4f16

  /// Of one element.
  public var bits: Int {
    switch self {
    case .f32: 32
    case .f16, .bf16: 16
    case .u8f32, .u8f16: 8
    case .u4f32, .u4f16: 4
    }
  }

  /// Bytes of scale and bias together.
  public var scaleBytes: Int {
    switch self {
    case .f32, .f16, .bf16: 0
    case .u8f32, .u4f32: 8
    case .u8f16, .u4f16: 4
    }
  }

  public var isScaled: Bool { scaleBytes > 0 }

  /// Bytes of a row, its scale and bias included.
  public func rowBytes(_ dim: Int) -> Int { (dim * bits + 7) / 8 + scaleBytes }

  /// Bytes that `table_stride` counts as one.
  public var strideUnit: Int { isScaled ? 1 : bits / 8 }

  /// The least `table_stride`.
  public func leastStride(_ dim: Int) -> Int { isScaled ? rowBytes(dim) : dim }

  /// A row's elements, and for each |q · scale| + |bias| or its magnitude.
  /// - Parameter first: scale and bias stand before the elements.
  public func row(
    _ base: UnsafeRawPointer, _ dim: Int, first: Bool
  ) -> (values: [Double], magnitudes: [Double]) {
    guard isScaled else {
      let values = (0..<dim).map { plain(base, $0) }
      return (values, values.map(\.magnitude))
    }
    let data = base + (first ? scaleBytes : 0)
    let place = base + (first ? 0 : rowBytes(dim) - scaleBytes)
    let isHalf = scaleBytes == 4
    let scale = isHalf ? Self.half(place) : Double(place.loadUnaligned(as: Float.self))
    let bias = isHalf ? Self.half(place + 2) : Double((place + 4).loadUnaligned(as: Float.self))
    let products = (0..<dim).map { Double(quantum(data, $0)) * scale }
    return (products.map { $0 + bias }, products.map { abs($0) + abs(bias) })
  }

  private func plain(_ base: UnsafeRawPointer, _ at: Int) -> Double {
    switch self {
    case .f16: return Self.half(base + 2 * at)
    case .bf16:
      let bits = UInt32((base + 2 * at).loadUnaligned(as: UInt16.self)) << 16
      return Double(Float(bitPattern: bits))
    default: return Double((base + 4 * at).loadUnaligned(as: Float.self))
    }
  }

  private func quantum(_ data: UnsafeRawPointer, _ at: Int) -> UInt8 {
    if bits == 8 { return data.load(fromByteOffset: at, as: UInt8.self) }
    let byte = data.load(fromByteOffset: at / 2, as: UInt8.self)
    return at & 1 == 0 ? byte & 15 : byte >> 4
  }

  private static func half(_ p: UnsafeRawPointer) -> Double {
    Double(Float16(bitPattern: p.loadUnaligned(as: UInt16.self)))
  }
}

/// The element type of an output.
public enum BagOutputType: String, CaseIterable, Sendable {
  case f32, f16, bf16

  public var bytes: Int { self == .f32 ? 4 : 2 }

  /// Half a unit in the last place of a number of size 1, and half of the smallest number: what rounding to the type can cost.
  public var rounding: (relative: Double, absolute: Double) {
    switch self {
    case .f32: (0, 0)
    case .f16: (0x1p-11, 0x1p-25)
    case .bf16: (0x1p-8, 0x1p-134)
    }
  }

  /// The largest finite number.
  public var largest: Double {
    switch self {
    case .f32: Double(Float.greatestFiniteMagnitude)
    case .f16: 65504
    case .bf16: Double(Float(bitPattern: 0x7F7F_0000))
    }
  }

  public func element(_ base: UnsafeRawPointer, _ at: Int) -> Double {
    switch self {
    case .f32: Double((base + 4 * at).loadUnaligned(as: Float.self))
    case .f16:
      Double(Float16(bitPattern: (base + 2 * at).loadUnaligned(as: UInt16.self)))
    case .bf16:
      Double(
        Float(bitPattern: UInt32((base + 2 * at).loadUnaligned(as: UInt16.self)) << 16))
    }
  }
}
