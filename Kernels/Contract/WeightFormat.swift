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
  /// What the stored number means without a zero point of its own: q - usualZero.
  static var usualZero: Int { get }
  /// Stores the weight of column j at step u of a unit; `source` and `index` are the plain matrix and the element in it.
  static func put(
    _ unitBase: UnsafeMutableRawPointer, column: Int, step: Int, from source: UnsafeRawPointer,
    _ index: Int)
  /// The same for a step beyond k: a weight of 0.
  static func putZero(_ unitBase: UnsafeMutableRawPointer, column: Int, step: Int, zero: Int)
}

/// Weights that become floats.
protocol WeightFormat: PackedFormat {
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
