// ShapeDistance.swift: how far apart two shapes are.

internal import Glibc
public import HoneCore

public enum ShapeDistance {
  /// Euclidean distance of the binary logarithms of the extents: 1 is a factor of two in one dimension. nil where the operation, the
  /// types, an attribute or the names of the dimensions differ: such problems are not neighbours at any distance.
  public static func between(_ one: Problem, _ other: Problem) -> Double? {
    guard one.operation == other.operation, one.types == other.types,
      one.attributes == other.attributes, one.shape.keys == other.shape.keys
    else { return nil }
    let squares = one.shape.keys.sorted().map { name in
      let difference = logarithm(one[name]) - logarithm(other[name])
      return difference * difference
    }
    return squares.reduce(0, +).squareRoot()
  }

  /// Of the extent plus one, so that an empty dimension is near an extent of one.
  static func logarithm(_ extent: Int) -> Double { log2(Double(max(extent, 0)) + 1) }
}
