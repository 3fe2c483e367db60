// JSONValue+Foreign.swift: scalars of other tools' files: as numbers, as words, as parameter values.

public import HoneCore

extension JSONValue {
  var isNumber: Bool { if case .number = self { true } else { false } }

  /// nil for anything but a whole number that fits.
  var int: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }

  /// nil for anything but a finite number.
  var double: Double? {
    guard case .number(let digits) = self, let value = Double(digits), value.isFinite else {
      return nil
    }
    return value
  }

  /// A number as the shortest digits that read back as the same.
  static func double(_ value: Double) -> JSONValue {
    value.isFinite ? .number("\(value)") : .null
  }

  /// Without quotes where it is a word.
  var plain: String { string ?? canonical }

  /// What Hone calls it: whole numbers are numbers, everything else is a word.
  public var parameterValue: ParameterValue { int.map { .int($0) } ?? .text(plain) }

  public init(_ value: ParameterValue) {
    switch value {
    case .int(let number): self = .integer(number)
    case .text(let word): self = .string(word)
    }
  }

  /// A cell of a table: a number where the text is one in JSON's spelling, else a word.
  init(cell: some StringProtocol) {
    if let first = cell.utf8.first, first == 0x2d || (0x30...0x39).contains(first),
      let value = try? JSONValue(parsing: Array(cell.utf8)), value.isNumber
    {
      self = value
    } else {
      self = .string(String(cell))
    }
  }
}

/// JSON with members in a chosen order, for readers to whom the order means something.
enum JSONText {
  static func object(_ members: [(String, String)]) -> String {
    let parts = members.map { "\(JSONValue.string($0.0).canonical):\($0.1)" }
    return "{\(parts.joined(separator: ","))}"
  }

  static func array(_ values: [JSONValue]) -> String { JSONValue.array(values).canonical }
}

/// Seconds and the units of others. Converting and converting back gives the same bits.
enum TimeUnit {
  /// Unit's name → how many in a second.
  private static let perSecond: [String: Double] = [
    "s": 1, "seconds": 1, "ms": 1e3, "milliseconds": 1e3, "us": 1e6, "µs": 1e6,
    "microseconds": 1e6, "ns": 1e9, "nanoseconds": 1e9,
  ]

  /// nil for a unit that nobody here knows.
  static func seconds(_ value: Double, _ unit: String) -> Double? {
    perSecond[unit].map { value / $0 }
  }

  /// Of the milliseconds that mean these seconds, those with the fewest digits.
  static func milliseconds(_ seconds: Double) -> JSONValue {
    let product = seconds * 1e3
    let near = [product, product.nextUp, product.nextDown].filter { $0 / 1e3 == seconds }
    return .double(near.min { "\($0)".utf8.count < "\($1)".utf8.count } ?? product)
  }
}
