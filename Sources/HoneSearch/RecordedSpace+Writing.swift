// RecordedSpace+Writing.swift: writes what was measured of a space in the form that recorded spaces are read in.

public import HoneCore

extension RecordedSpace {
  /// One configuration and what became of it.
  public struct Row: Sendable, Hashable {
    public var configuration: Configuration
    /// nil for a failure.
    public var value: Double?
    /// Standard deviation of a repeat, in the unit of `value`; nil where unknown.
    public var deviation: Double?
    /// "ok", or a word for the failure.
    public var status: String
    /// Milliseconds that measuring it took; nil where unknown.
    public var benchMilliseconds: Double?

    public init(
      _ configuration: Configuration, value: Double?, deviation: Double? = nil,
      status: String = "ok", benchMilliseconds: Double? = nil
    ) {
      self.configuration = configuration
      self.value = value
      self.deviation = deviation
      self.status = status
      self.benchMilliseconds = benchMilliseconds
    }
  }

  /// The first column of what Hone writes: back end and variant.
  public static let variantColumn = "variant"

  /// The file: a column `variant`, one for each parameter that any row has, then value, deviation, status and times. A parameter that a variant
  /// has not is -1, or "none" where it is a word. Rows are sorted, so that the same measurements give the same file.
  public static func csv(of rows: [Row]) -> String {
    let names = Set(rows.flatMap { $0.configuration.parameters.keys }).sorted()
    let words = Set(
      names.filter { name in rows.contains { $0.configuration[name]?.text != nil } })
    let header = ([variantColumn] + names + trailingColumns).joined(separator: ",")
    let lines = rows.sorted { $0.configuration.key < $1.configuration.key }.map { row in
      let values = names.map { name in
        row.configuration[name]?.description ?? (words.contains(name) ? "none" : "-1")
      }
      let variant = "\(row.configuration.backend):\(row.configuration.variant)"
      let outcome = [
        text(row.value), text(row.deviation), row.status, "", text(row.benchMilliseconds),
      ]
      return ([variant] + values + outcome).map(field).joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  private static func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }

  /// The form has no quotes: what would end a field is replaced.
  private static func field(_ text: String) -> String {
    String(text.map { $0 == "," || $0.isNewline ? ";" : $0 })
  }
}
