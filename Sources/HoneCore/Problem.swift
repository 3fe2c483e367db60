// Problem.swift: what is computed: an operation, its data types, its shape and its layout, by name.

/// One thing to compute, described by names and numbers only.
///
/// The core knows no operation: which dimensions and attributes an operation has, what they default to and what they cost is the
/// operation's own knowledge (HoneOperations). A problem that came through `Operation.normalised` has every field
/// that its operation declares, so equal problems are equal values and have the same `key`.
public struct Problem: Hashable, Sendable, Codable {
  /// "gemm", "embedding-bag", "attention".
  public var operation: String
  /// "f32"; mixed types in the operation's own order: "bf16f32".
  public var types: String
  /// Dimension name → extent, in elements: `["m": 512, "n": 512, "k": 512]`.
  public var shape: [String: Int]
  /// Layout and semantics by name: `["transA": "n", "mask": "causal"]`.
  public var attributes: [String: String]

  public init(
    operation: String, types: String, shape: [String: Int], attributes: [String: String] = [:]
  ) {
    self.operation = operation
    self.types = types
    self.shape = shape
    self.attributes = attributes
  }

  /// Extent of a dimension; 0 where the problem does not name it.
  public subscript(dimension: String) -> Int { shape[dimension] ?? 0 }

  /// One line that is equal exactly when the problems are: names sorted, so it is stable across runs and tools.
  public var key: String {
    let dimensions = shape.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let flags = attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ([operation, types] + dimensions + flags).joined(separator: " ")
  }
}
