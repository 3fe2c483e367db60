// ReportBody.swift: what a section says, without a format: paragraphs and tables of cells that hold text and value.

/// How a cell is meant. Drawn as a colour where colours are wanted, and never the only sign of it.
public enum Tone: Sendable, Hashable {
  case plain
  /// A difference that was shown, for the better.
  case better
  /// A difference that was shown, for the worse.
  case worse
}

/// One cell: what people read, and what programs read.
public struct Cell: Sendable, Hashable {
  public enum Value: Sendable, Hashable {
    case none
    case text(String)
    case integer(Int)
    /// In the base unit that the column's name says; a value that is not finite is written as none.
    case number(Double)
  }

  public var text: String
  public var value: Value
  public var tone: Tone

  public init(_ text: String, _ value: Value, tone: Tone = .plain) {
    self.text = text
    self.value = value
    self.tone = tone
  }

  public init(_ text: String) { self.init(text, .text(text)) }
  public init(_ integer: Int) { self.init("\(integer)", .integer(integer)) }

  /// Seconds, "–" where they are not known.
  public static func seconds(_ value: Double?) -> Cell {
    Cell(value.map(Scaled.seconds) ?? "–", value.map { .number($0) } ?? .none)
  }

  public static func number(_ value: Double?) -> Cell {
    Cell(value.map { "\($0)" } ?? "–", value.map { .number($0) } ?? .none)
  }
}

/// A table of a report.
public struct ReportTable: Sendable, Hashable {
  public struct Column: Sendable, Hashable {
    /// For programs, with its unit: "default_seconds". nil: for people only.
    public var name: String?
    /// For people. nil: for programs only.
    public var title: String?
    public var alignment: TextTable.Alignment
    /// Columns with a higher number are left out first where a terminal is too narrow; 0 never is.
    public var spare: Int
    /// For people: what columns beside each other have in common, written above them; a table that is too wide is cut between groups.
    public var group: String?

    public init(
      _ name: String?, _ title: String?, _ alignment: TextTable.Alignment = .left, spare: Int = 0,
      group: String? = nil
    ) {
      self.name = name
      self.title = title
      self.alignment = alignment
      self.spare = spare
      self.group = group
    }
  }

  public var name: String
  public var columns: [Column]
  /// As many cells as there are columns.
  public var rows: [[Cell]]

  public init(_ name: String, columns: [Column], rows: [[Cell]]) {
    self.name = name
    self.columns = columns
    self.rows = rows
  }

  /// The same table without the columns for which `isKept` is false.
  func keeping(_ isKept: (Column) -> Bool) -> ReportTable {
    let kept = columns.indices.filter { isKept(columns[$0]) }
    return ReportTable(
      name, columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
  }

  var forPeople: ReportTable { keeping { $0.title != nil } }
  var forPrograms: ReportTable { keeping { $0.name != nil } }
}

/// What one section says.
public struct ReportBody: Sendable, Hashable {
  public enum Block: Sendable, Hashable {
    case paragraph(String)
    case table(ReportTable)
    /// Drawn where pictures can be; everything in it also stands in a table.
    case figure(Figure)
  }

  public var name: String
  public var title: String
  public var blocks: [Block]

  public init(_ name: String, title: String, _ blocks: [Block]) {
    self.name = name
    self.title = title
    self.blocks = blocks
  }

  var tables: [ReportTable] {
    blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
  }

  var paragraphs: [String] {
    blocks.compactMap { if case .paragraph(let text) = $0 { text } else { nil } }
  }
}
