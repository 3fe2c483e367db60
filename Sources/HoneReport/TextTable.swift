// TextTable.swift: rows and columns that align, for terminals and logs.

/// A table of text. Numbers go to the right, words to the left; columns are two spaces apart; no ruling but one line
/// under the header. Widths count characters, so it aligns with µ, × and ± too.
public struct TextTable: Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Sendable {
    public var title: String
    public var alignment: Alignment

    public init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  public var columns: [Column]
  public private(set) var rows: [[String]] = []

  public init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing cells are empty, surplus ones are dropped.
  public mutating func add(_ cells: [String]) {
    let padding = [String](repeating: "", count: max(0, columns.count - cells.count))
    rows.append(Array((cells + padding).prefix(columns.count)))
  }

  /// The table as lines, each ending in a newline, without trailing blanks.
  public func rendered() -> String {
    let titles = columns.map(\.title)
    let widths = columns.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    let ruling = widths.map { String(repeating: "-", count: $0) }
    return ([titles, ruling] + rows).map { line($0, widths) + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(zip(cells, widths), columns).map { cell, column in
      let fill = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return column.alignment == .left ? cell.0 + fill : fill + cell.0
    }
    let joined = padded.joined(separator: "  ")
    return String(joined.reversed().drop { $0 == " " }.reversed())
  }
}
