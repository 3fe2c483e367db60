// Projection.swift: which fields make the rows and the columns of a comparison, and in which order rows stand.

internal import HoneCore

/// How results become a table: as benchstat's -row and -col.
public struct Projection: Sendable {
  public var rows: [Field]
  public var columns: [Field]
  public var filter: ResultFilter?
  /// nil: in the order in which the hosts serve them.
  public var sort: Sort?

  public struct Sort: Sendable {
    public var key: Key
    public var isDescending: Bool

    public enum Key: Sendable {
      case field(Field)
      /// The base column's time, the last column's ratio, the base column's share of its limit.
      case seconds, ratio, share
    }

    /// "problem", "-ratio".
    public init(_ text: String) throws {
      isDescending = text.hasPrefix("-")
      let name = isDescending ? String(text.dropFirst()) : text
      let measures: [String: Key] = ["time": .seconds, "ratio": .ratio, "share": .share]
      if let measure = measures[name] {
        key = measure
      } else if let field = Fields.named(name) {
        key = .field(field)
      } else {
        throw ResultFilterParser.unknownField(name)
      }
    }
  }

  /// - Parameters: names of fields, separated by commas.
  public init(
    rows: String = "problem,policy", columns: String = "host", filter: String? = nil,
    sort: String? = nil
  ) throws {
    self.rows = try Self.fields(rows)
    self.columns = try Self.fields(columns)
    self.filter = try filter.map(ResultFilter.init)
    self.sort = try sort.map(Sort.init)
  }

  private static func fields(_ list: String) throws -> [Field] {
    let names = list.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    guard !names.isEmpty else {
      throw HoneError(
        .usage, "rows and columns need at least one field", advice: "For example: problem,policy")
    }
    return try names.map { name in
      guard let field = Fields.named(name) else { throw ResultFilterParser.unknownField(name) }
      return field
    }
  }
}
