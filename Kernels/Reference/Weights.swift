// Weights.swift: the oracle's view of B: a stored row of any element type as Doubles.

public import CHoneKernel

/// How the elements of a constant operand are stored (hone_kernel.h says what they mean).
public enum StoredType: String, CaseIterable, Sendable {
  case f32, bf16, f16, s8, s4, f64, u8, s32

  /// 4 for s4.
  public var bits: Int {
    switch self {
    case .f64: 64
    case .f32, .s32: 32
    case .bf16, .f16: 16
    case .s8, .u8: 8
    case .s4: 4
    }
  }

  /// Whole numbers, which mean something with a scale only.
  public var isScaled: Bool { self == .s8 || self == .s4 }
}

extension StoredType {
  /// Of a HONE_TYPE_*.
  public init(_ code: Int32) {
    let types: [Int32: StoredType] = [
      Int32(HONE_TYPE_BF16): .bf16, Int32(HONE_TYPE_F16): .f16, Int32(HONE_TYPE_F64): .f64,
      Int32(HONE_TYPE_U8): .u8, Int32(HONE_TYPE_S8): .s8, Int32(HONE_TYPE_S32): .s32,
    ]
    self = types[code] ?? .f32
  }
}

extension Reference {
  /// Stored row `row` of B: a row of op(B), or a column of it where B is stored transposed.
  /// - Returns: as many values as the row has.
  public static func storedWeights(_ p: hone_gemm, _ type: StoredType, row: Int) -> [Double] {
    let count = Int(p.trans_b != 0 ? p.k : p.n)
    guard let base = p.b else { return [Double](repeating: 0, count: count) }
    let stored = elements(base, type, row * Int(p.ldb), count)
    guard type.isScaled else { return stored }
    return stored.indices.map { inner in
      let (l, j) = p.trans_b != 0 ? (inner, row) : (row, inner)
      return dequantised(stored[inner], p, type, step: l, column: j)
    }
  }

  /// Stored row `row` of B in its own type, scales not counted: `count` elements.
  public static func stored(
    _ p: hone_gemm, _ type: StoredType, row: Int, _ count: Int
  ) -> [Double] {
    guard let base = p.b else { return [Double](repeating: 0, count: count) }
    return elements(base, type, row * Int(p.ldb), count)
  }

  /// `count` elements from `first` on, as stored.
  static func elements(
    _ base: UnsafeRawPointer, _ type: StoredType, _ first: Int, _ count: Int
  ) -> [Double] {
    if type == .f32 {
      let start = base.assumingMemoryBound(to: Float.self) + first
      return UnsafeBufferPointer(start: start, count: count).map { Double($0) }
    }
    if type == .bf16 {
      let start = base.assumingMemoryBound(to: UInt16.self) + first
      return UnsafeBufferPointer(start: start, count: count).map {
        Double(Float(bitPattern: UInt32($0) << 16))
      }
    }
    return (first..<first + count).map { element(base, type, $0) }
  }

  /// Element `at` of an array, as stored.
  public static func stored(_ base: UnsafeRawPointer, _ type: StoredType, _ at: Int) -> Double {
    element(base, type, at)
  }

  static func element(_ base: UnsafeRawPointer, _ type: StoredType, _ at: Int) -> Double {
    switch type {
    case .f64: return base.loadUnaligned(fromByteOffset: 8 * at, as: Double.self)
    case .f32: return Double(base.loadUnaligned(fromByteOffset: 4 * at, as: Float.self))
    case .bf16:
      let bits = UInt32(base.loadUnaligned(fromByteOffset: 2 * at, as: UInt16.self)) << 16
      return Double(Float(bitPattern: bits))
    case .f16: return half(base, at)
    case .s8: return Double(base.loadUnaligned(fromByteOffset: at, as: Int8.self))
    case .u8: return Double(base.loadUnaligned(fromByteOffset: at, as: UInt8.self))
    case .s32: return Double(base.loadUnaligned(fromByteOffset: 4 * at, as: Int32.self))
    case .s4:
      let byte = base.loadUnaligned(fromByteOffset: at / 2, as: UInt8.self)
      return Double(at & 1 == 0 ? byte & 15 : byte >> 4)
    }
  }

  private static func half(_ base: UnsafeRawPointer, _ at: Int) -> Double {
    Double(Float16(bitPattern: base.loadUnaligned(fromByteOffset: 2 * at, as: UInt16.self)))
  }

  private static func dequantised(
    _ stored: Double, _ p: hone_gemm, _ type: StoredType, step: Int, column: Int
  ) -> Double {
    let at = p.group > 0 ? step / Int(p.group) * Int(p.n) + column : column
    let isWhole = p.c_type == Int32(HONE_TYPE_S32)
    let scale =
      isWhole
      ? 1
      : p.b_scales.map {
        p.group > 0
          ? half($0, at) : Double($0.loadUnaligned(fromByteOffset: 4 * at, as: Float.self))
      }
    var zero = type == .s4 ? 8.0 : 0.0
    if p.zero_points != 0, let zeros = p.b_zeros {
      zero = type == .s4 ? Double(zeros[at]) : Double(Int8(bitPattern: zeros[at]))
    }
    return (stored - zero) * (scale ?? 0)
  }
}
