// JSONValue+Coding.swift: from typed values to JSON values and back.

internal import FoundationEssentials
public import HoneCore

extension JSONValue {
  /// JSON has no word for NaN and the infinities; an error of a wrong result may well be one, so they are these strings.
  private static let strangers = (positive: "inf", negative: "-inf", nan: "nan")

  /// The number that such a text stands for.
  static func stranger(_ text: String) -> Double? {
    switch text {
    case strangers.positive: .infinity
    case strangers.negative: -.infinity
    case strangers.nan: .nan
    default: nil
    }
  }

  public init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: Self.strangers.positive, negativeInfinity: Self.strangers.negative,
      nan: Self.strangers.nan)
    try self.init(parsing: [UInt8](try encoder.encode(value)))
  }

  /// Members that the type does not know are ignored. Throws `DecodingError`; `reason(of:)` says it in words.
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return try Self.decode(type, from: bytes)
  }

  /// Straight from bytes that are known to be sound JSON.
  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: Self.strangers.positive, negativeInfinity: Self.strangers.negative,
      nan: Self.strangers.nan)
    return try decoder.decode(type, from: Data(bytes))
  }

  /// What is wrong with a document, with the path of the field.
  static func reason(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "the field '\(path(context.codingPath + [key]))' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      "the field '\(path(context.codingPath))' has an unusable value"
    default: "\(error)"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
  }
}
