// EmbeddingBag+Rows.swift: how the elements of a row are stored, and how they become vectors of floats.

import CIntrinsics

/// A way to store rows. `data` is where a row's elements begin, a column a multiple of `lanes` from there.
protocol RowFormat {
  /// Bytes of the elements of a row.
  static func dataBytes(_ dim: Int) -> Int
  /// Bytes of scale and bias together; 0: elements are what they say.
  static var scaleBytes: Int { get }
  /// What `table_stride` counts, in bytes.
  static var strideUnit: Int { get }
  static func load(_ data: UnsafeRawPointer, _ column: Int) -> FloatVector
  /// The first `count` lanes (1 … lanes); nothing behind them is read.
  static func loadFirst(_ data: UnsafeRawPointer, _ column: Int, _ count: Int) -> FloatVector
  /// Scale and bias of a row, from their place, as the first two lanes.
  static func scaleAndBias(_ place: UnsafeRawPointer) -> SIMD4<Float>
  /// A vector whose lanes are in the format's order, in the order of the columns.
  static func ordered(_ v: FloatVector) -> FloatVector
}

extension RowFormat {
  static var isScaled: Bool { scaleBytes > 0 }
  static var scaleBytes: Int { 0 }
  @inline(__always) static func scaleAndBias(_ place: UnsafeRawPointer) -> SIMD4<Float> {
    SIMD4(1, 0, 0, 0)
  }
  @inline(__always) static func ordered(_ v: FloatVector) -> FloatVector { v }
}

/// How a row keeps its scale and its bias: two numbers without a gap, at any address.
protocol RowScale {
  static var bytes: Int { get }
  static func values(_ place: UnsafeRawPointer) -> SIMD4<Float>
}

enum FloatScale: RowScale {
  static var bytes: Int { 8 }
  @inline(__always) static func values(_ place: UnsafeRawPointer) -> SIMD4<Float> {
    CIntrinsics_pairF32(place)
  }
}

enum HalfScale: RowScale {
  static var bytes: Int { 4 }
  @inline(__always) static func values(_ place: UnsafeRawPointer) -> SIMD4<Float> {
    CIntrinsics_pairF16(place)
  }
}

/// Bytes with a scale and a bias for each row: FBGEMM's fused layout, whose values are `q * scale + bias`.
enum ByteRows<Scale: RowScale>: RowFormat {
  @inline(__always) static func dataBytes(_ dim: Int) -> Int { dim }
  static var scaleBytes: Int { Scale.bytes }
  static var strideUnit: Int { 1 }
  @inline(__always) static func load(_ data: UnsafeRawPointer, _ column: Int) -> FloatVector {
    CIntrinsics_widenU8(data + column)
  }
  @inline(__always)
  static func loadFirst(_ data: UnsafeRawPointer, _ column: Int, _ count: Int) -> FloatVector {
    CIntrinsics_firstU8(data + column, Int64(count))
  }
  @inline(__always) static func scaleAndBias(_ place: UnsafeRawPointer) -> SIMD4<Float> {
    Scale.values(place)
  }
}

/// Two elements a byte, the even one in its low half, with a scale and a bias for each row.
enum NibbleRows<Scale: RowScale>: RowFormat {
  @inline(__always) static func dataBytes(_ dim: Int) -> Int { (dim + 1) / 2 }
  static var scaleBytes: Int { Scale.bytes }
  static var strideUnit: Int { 1 }
  @inline(__always) static func load(_ data: UnsafeRawPointer, _ column: Int) -> FloatVector {
    CIntrinsics_widenU4(data + column / 2)
  }
  @inline(__always)
  static func loadFirst(_ data: UnsafeRawPointer, _ column: Int, _ count: Int) -> FloatVector {
    CIntrinsics_firstU4(data + column / 2, Int64(count))
  }
  @inline(__always) static func scaleAndBias(_ place: UnsafeRawPointer) -> SIMD4<Float> {
    Scale.values(place)
  }
  @inline(__always) static func ordered(_ v: FloatVector) -> FloatVector {
    CIntrinsics_orderedU4(v)
  }
}
