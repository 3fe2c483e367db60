// ShapePattern.swift: questions about many shapes at once: any extent, a range, a power-of-two bucket.

public import HoneCore

/// `m=*`, `m=64..256`, `m=~100` (the bucket 65…128); dimensions and attributes that are not named may be anything.
public struct ShapePattern: Hashable, Sendable {
  public enum Extent: Hashable, Sendable {
    case any
    case range(ClosedRange<Int>)

    /// nil for what is none of the forms above, nor a number.
    public init?(_ text: String) {
      if text == "*" {
        self = .any
      } else if text.hasPrefix("~"), let value = Int(text.dropFirst()), value >= 0 {
        self = .range(Self.bucket(of: value))
      } else if let value = Int(text), value >= 0 {
        self = .range(value...value)
      } else if let dots = text.firstRange(of: ".."), let low = Int(text[..<dots.lowerBound]),
        let high = Int(text[dots.upperBound...]), 0 <= low, low <= high
      {
        self = .range(low...high)
      } else {
        return nil
      }
    }

    /// Powers of two are upper ends: 0, 1, 2, 3…4, 5…8, 9…16 …
    public static func bucket(of value: Int) -> ClosedRange<Int> {
      guard value > 1 else { return max(0, value)...max(0, value) }
      var high = 2
      while high < value, high < 1 << 61 { high <<= 1 }
      return high / 2 + 1...max(high, value)
    }

    public func contains(_ value: Int) -> Bool {
      switch self {
      case .any: true
      case .range(let range): range.contains(value)
      }
    }
  }

  public var operation: String
  public var types: String
  public var extents: [String: Extent]
  public var attributes: [String: String]

  public init(
    operation: String, types: String, extents: [String: Extent], attributes: [String: String] = [:]
  ) {
    self.operation = operation
    self.types = types
    self.extents = extents
    self.attributes = attributes
  }

  public func matches(_ problem: Problem) -> Bool {
    problem.operation == operation && problem.types == types
      && extents.allSatisfy { name, extent in problem.shape[name].map(extent.contains) ?? false }
      && attributes.allSatisfy { problem.attributes[$0.key] == $0.value }
  }
}

extension HardwareClassRecords {
  /// Rows that are served for the shapes of a pattern, in the order of best.json.
  public func rows(matching pattern: ShapePattern, cores: Int? = nil, policy: String? = nil)
    -> [BestRow]
  {
    best.filter {
      pattern.matches($0.problem) && (cores ?? $0.cores) == $0.cores
        && (policy ?? $0.policy.name) == $0.policy.name
    }
  }
}
