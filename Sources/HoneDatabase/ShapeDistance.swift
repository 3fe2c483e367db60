// ShapeDistance.swift: how far apart two shapes and two machines are.

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

enum HardwareAgreement {
  /// The share of facts that two descriptions of hardware have in common with equal values; 0 where one is missing.
  static func share(_ one: JSONValue?, _ other: JSONValue?) -> Double {
    let facts = leaves(of: one ?? .null)
    let others = leaves(of: other ?? .null)
    let all = Set(facts.keys).union(others.keys)
    guard !all.isEmpty else { return 0 }
    let equal = all.count { facts[$0] != nil && facts[$0] == others[$0] }
    return Double(equal) / Double(all.count)
  }

  private static func leaves(of value: JSONValue, path: String = "") -> [String: JSONValue] {
    guard let members = value.object else { return value == .null ? [:] : [path: value] }
    return members.reduce(into: [:]) { leaves, member in
      leaves.merge(Self.leaves(of: member.value, path: "\(path)/\(member.key)")) { first, _ in first
      }
    }
  }
}
