// Configuration.swift: one way to compute a problem: a back end, a variant and its parameters, all by name.

/// The value of a tunable parameter.
public enum ParameterValue: Hashable, Sendable, Comparable, CustomStringConvertible {
  case int(Int)
  case text(String)

  public var description: String {
    switch self {
    case .int(let value): "\(value)"
    case .text(let value): value
    }
  }

  public var int: Int? { if case .int(let value) = self { value } else { nil } }
  public var text: String? { if case .text(let value) = self { value } else { nil } }
}

extension ParameterValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(stringLiteral value: String) { self = .text(value) }
}

extension ParameterValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .int(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}

/// A variant is an algorithm with its own data layout; parameters are drop-in numbers that may change without repacking. Records hold
/// names, never indices, so a record outlives the catalogue that produced it.
public struct Configuration: Hashable, Sendable, Codable {
  /// Who runs it: "hone", "openblas".
  public var backend: String
  /// The variant's catalogue name: `gemm.f32.packed.6x16@x86v3`.
  public var variant: String
  public var parameters: [String: ParameterValue]

  public init(backend: String, variant: String, parameters: [String: ParameterValue] = [:]) {
    self.backend = backend
    self.variant = variant
    self.parameters = parameters
  }

  public subscript(parameter: String) -> ParameterValue? { parameters[parameter] }

  /// The integer value of a parameter, or `fallback` where it is absent or text.
  public func int(_ parameter: String, default fallback: Int) -> Int {
    parameters[parameter]?.int ?? fallback
  }

  /// `hone gemm.f32.packed.6x16@x86v3 kc=256 mc=96 threads=2`: stable, names sorted.
  public var key: String {
    let values = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ([backend, variant] + values).joined(separator: " ")
  }
}
