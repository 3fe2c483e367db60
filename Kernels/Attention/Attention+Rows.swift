// Attention+Rows.swift: rows of Q, K, V and O in memory: their element types, and where a row of a head begins.

import CIntrinsics

/// How the elements of a row are stored.
enum Element: Int {
  case f32, bf16, f16, s8

  @inline(__always) var bytes: Int {
    switch self {
    case .f32: 4
    case .bf16, .f16: 2
    case .s8: 1
    }
  }

  /// Elements d ..< d + count of a row as floats (count: 1 … lanes), zeros after them. For loops that do not decide the time.
  @inline(__always)
  func load(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
    switch self {
    case .f32: F32Head.loadPartial(row, d, count: count)
    case .bf16: BF16Head.loadPartial(row, d, count: count)
    case .f16: F16Head.loadPartial(row, d, count: count)
    case .s8: S8Head.loadPartial(row, d, count: count)
    }
  }

  /// A whole row as floats, in whole vectors: `copy` has room for them.
  @inline(__always)
  func widen(
    _ row: UnsafeRawPointer, _ count: Int, times factor: Float,
    into copy: UnsafeMutablePointer<Float>
  ) {
    var d = 0
    while d < count {
      let part = load(row, d, count: min(lanes, count - d))
      storeVector(part * FloatVector(repeating: factor), copy + d)
      d += lanes
    }
  }

  /// Floats into a row, rounded to the nearest. Not for s8.
  @inline(__always)
  func narrow(
    _ floats: UnsafePointer<Float>, _ count: Int, into row: UnsafeMutableRawPointer
  ) {
    var d = 0
    while d + lanes <= count && self != .f32 {
      let v = loadVector(floats + d)
      if self == .bf16 {
        CIntrinsics_storeBF16(row + 2 * d, v)
      } else {
        CIntrinsics_storeF16(row + 2 * d, v)
      }
      d += lanes
    }
    while d < count {
      store(floats[d], row, d)
      d += 1
    }
  }

  @inline(__always)
  func store(_ value: Float, _ row: UnsafeMutableRawPointer, _ d: Int) {
    switch self {
    case .bf16:
      row.storeBytes(of: CIntrinsics_toBF16(value), toByteOffset: 2 * d, as: UInt16.self)
    case .f16: row.storeBytes(of: CIntrinsics_toF16(value), toByteOffset: 2 * d, as: UInt16.self)
    default: row.storeBytes(of: value, toByteOffset: 4 * d, as: Float.self)
    }
  }
}

/// An element type that a loop is compiled for.
protocol HeadFormat {
  static var element: Element { get }
  /// Decoding multiplies pairs of neighbours as they are stored, without making floats of them.
  static var isPaired: Bool { get }
  /// Decoding multiplies whole numbers by whole numbers: bytes by words.
  static var isWords: Bool { get }
  /// A vector of elements from element d on.
  static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector
  /// The same for 1 … lanes elements; the others are zero and are not touched.
  static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector

  // Of formats that are multiplied as they are stored.

  /// 0 … 32 elements, two in each lane, zeros after them.
  static func load32(_ row: UnsafeRawPointer, _ d: Int, _ count: Int64) -> FloatVector
  /// sum + the products of both elements of each lane.
  static func addProducts(_ sum: FloatVector, _ x: FloatVector, _ y: FloatVector) -> FloatVector
  /// Sums of products as floats.
  static func floats(_ sum: FloatVector) -> FloatVector
}

extension HeadFormat {
  @inline(__always) static var isPaired: Bool { false }
  @inline(__always) static var isWords: Bool { false }
  @inline(__always)
  static func load32(_ row: UnsafeRawPointer, _ d: Int, _ count: Int64) -> FloatVector {
    FloatVector(repeating: 0)
  }
  @inline(__always)
  static func addProducts(_ sum: FloatVector, _ x: FloatVector, _ y: FloatVector) -> FloatVector {
    sum
  }
  @inline(__always)
  static func floats(_ sum: FloatVector) -> FloatVector { sum }
}

/// A format that is multiplied as it is stored, and otherwise read as the plain format of its element.
protocol DotHead: HeadFormat {
  associatedtype Plain: HeadFormat
}

extension DotHead {
  @inline(__always) static var element: Element { Plain.element }
  @inline(__always)
  static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector { Plain.load(row, d) }
  @inline(__always)
  static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
    Plain.loadPartial(row, d, count: count)
  }
}

enum F32Head: HeadFormat {
  @inline(__always) static var element: Element { .f32 }
  @inline(__always)
  static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector {
    (row + 4 * d).loadUnaligned(as: FloatVector.self)
  }
  @inline(__always)
  static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
    CIntrinsics.CIntrinsics_loadPartial(
      (row + 4 * d).assumingMemoryBound(to: Float.self), laneMask(count))
  }
}

enum BF16Head: HeadFormat {
  @inline(__always) static var element: Element { .bf16 }
  @inline(__always)
  static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector {
    CIntrinsics_widenBF16(row + 2 * d)
  }
  @inline(__always)
  static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
    CIntrinsics_widenBF16Part(row + 2 * d, Int64(count))
  }
}

enum F16Head: HeadFormat {
  @inline(__always) static var element: Element { .f16 }
  @inline(__always)
  static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector {
    CIntrinsics_widenF16(row + 2 * d)
  }
  @inline(__always)
  static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
    CIntrinsics_widenF16Part(row + 2 * d, Int64(count))
  }
}

/// Whole numbers: what they mean is them times their row's scale.
enum S8Head: HeadFormat {
  @inline(__always) static var element: Element { .s8 }
  @inline(__always)
  static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector {
    CIntrinsics_widenS8(row + d)
  }
  @inline(__always)
  static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
    CIntrinsics_widenS8Part(row + d, Int64(count))
  }
}

/// The rows of one operand: of each batch (or block of a paged cache) and head.
struct HeadRows {
  let base: UnsafeMutableRawPointer
  let element: Element
  /// In bytes.
  let batchStride: Int
  let headStride: Int
  let rowStride: Int

  init(_ p: UnsafeRawPointer?, _ element: Element, _ batch: Int64, _ head: Int64, _ row: Int64) {
    let nowhere = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    base = UnsafeMutableRawPointer(mutating: p ?? nowhere)
    self.element = element
    let bytes = element.bytes
    (batchStride, headStride, rowStride) = (Int(batch) * bytes, Int(head) * bytes, Int(row) * bytes)
  }

  @inline(__always)
  func row(_ b: Int, _ h: Int, _ i: Int) -> UnsafeMutableRawPointer {
    base + (b * batchStride + h * headStride + i * rowStride)
  }

  /// Rows as floats that are floats.
  @inline(__always)
  func floats(_ b: Int, _ h: Int, _ i: Int) -> UnsafeMutablePointer<Float> {
    row(b, h, i).assumingMemoryBound(to: Float.self)
  }

  /// Floats between two rows of floats.
  @inline(__always) var floatStride: Int { rowStride / 4 }
}
