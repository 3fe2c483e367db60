// JSONValue.swift: a JSON document as it was written, so that fields this version does not know survive a rewrite.

/// Any JSON value. Numbers keep the very digits they were written with: a document that is read and written again has the
/// same bytes, whatever wrote it, and a content address can be checked by a program in any language.
public enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// The digits as written: "1", "1.50", "1e-9".
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  public static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var object: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The same object with one member set, or removed where `value` is nil. Anything but an object is returned as it is.
  public func setting(_ key: String, to value: JSONValue?) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members[key] = value
    return .object(members)
  }
}

extension JSONValue: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    case .number(let digits):
      if let value = Int(digits) {
        try container.encode(value)
      } else if let value = UInt64(digits) {
        try container.encode(value)
      } else {
        try container.encode(Double(digits) ?? 0)
      }
    }
  }
}
