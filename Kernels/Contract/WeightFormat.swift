// WeightFormat.swift: how weights of fewer bits lie in packed panels, and how a vector of them becomes floats.

import CHoneKernel
import CIntrinsics

/// Vectors in a row of a panel, and its columns: one stream through memory that feeds enough sums to hide latency.
let panelVectors = 4
@inline(__always) var panelColumns: Int { panelVectors * lanes }

/// A way to store weights. Memory of one unit of a panel: `unit` steps of k of all its columns.
protocol PackedFormat {
  /// Steps of k that are stored together.
  static var unit: Int { get }
  /// Bytes of one column in a unit.
  static var columnBytes: Int { get }
  /// Values are whole numbers, which need a scale.
  static var isScaled: Bool { get }
  /// A comes in bytes (HONE_TYPE_U8, HONE_TYPE_S8).
  static var readsBytes: Bool { get }
  /// What the stored number means without a zero point of its own: q - usualZero.
  static var usualZero: Int { get }
  /// Element `index` of the plain matrix, as stored.
  static func code(_ source: UnsafeRawPointer, _ index: Int) -> UInt32
  /// The bits of a column's `columnBytes` in a unit that the element of step u becomes; zero in the others.
  static func place(_ code: UInt32, _ u: Int) -> UInt32
}

extension PackedFormat {
  @inline(__always) static var readsBytes: Bool { false }
}

/// Element `index` of a matrix of 16-bit numbers.
@inline(__always)
func halfCode(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 {
  UInt32(source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
}

/// Element `index` of a matrix of bytes.
@inline(__always)
func byteCode(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 {
  UInt32(source.loadUnaligned(fromByteOffset: index, as: UInt8.self))
}

/// Element `index` of a matrix with two elements a byte, the even one in the low half.
@inline(__always)
func nibbleCode(_ source: UnsafeRawPointer, _ index: Int) -> UInt32 {
  let byte = source.loadUnaligned(fromByteOffset: index >> 1, as: UInt8.self)
  return UInt32(byte &>> UInt8(truncatingIfNeeded: (index & 1) << 2)) & 15
}

/// A nibble where step u of eight has its place: of the first four the low half of byte u, of the last four the high half of
/// byte u - 4.
@inline(__always)
func placeNibble(_ code: UInt32, _ u: Int) -> UInt32 {
  (code & 15) << UInt32(truncatingIfNeeded: u < 4 ? 8 * u : 8 * (u - 4) + 4)
}

/// Weights that become floats.
protocol WeightFormat: PackedFormat {
  /// They are floats: a block of a panel is a matrix with rows of `panelColumns`.
  static var isPlain: Bool { get }
  /// Vector `v` of the columns, step `u` of the unit at `base`: exact.
  static func value(_ base: UnsafeRawPointer, _ v: Int, _ u: Int) -> FloatVector
}

/// Weights that stay whole numbers and are multiplied four bytes at a time.
protocol DotFormat: PackedFormat {
  /// Words of four bytes of A that a unit takes.
  static var words: Int { get }
  /// What `dot` adds to each weight less its usual zero: its caller takes that many times the sum of A's bytes off again.
  static var offset: Int { get }
  /// Vector `v` of the columns, word `w` of the unit at `base`.
  static func load(_ base: UnsafeRawPointer, _ v: Int, _ w: Int) -> CIntrinsics_IntVector
  /// sum + the dot products of four weights and four bytes of A.
  static func dot(
    _ sum: CIntrinsics_IntVector, _ weights: CIntrinsics_IntVector, _ a: CIntrinsics_IntVector
  ) -> CIntrinsics_IntVector
}

extension WeightFormat {
  @inline(__always) static var isPlain: Bool { false }
}
