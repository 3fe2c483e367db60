// TextTable.swift: rows and columns that align, for terminals and logs.

/// A table of text. Numbers go to the right, words to the left; columns are two spaces apart; no ruling but one line
/// under the header. Widths count characters, so it aligns with µ, × and ± too.
public struct TextTable: Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Sendable {
    public var title: String
    public var alignment: Alignment
    /// Written above the columns beside each other that share it; nil: nothing is.
    public var group: String?

    public init(_ title: String, _ alignment: Alignment = .left, group: String? = nil) {
      self.title = title
      self.alignment = alignment
      self.group = group
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

  /// Characters of the longest line.
  public var width: Int { widths.reduce(0, +) + 2 * max(0, columns.count - 1) }

  private var widths: [Int] {
    var widths = columns.indices.map { column in
      max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
    }
    for span in groups {
      let width = span.columns.reduce(2 * (span.columns.count - 1)) { $0 + widths[$1] }
      widths[span.columns.upperBound - 1] += max(0, span.title.count - width)
    }
    return widths
  }

  /// Columns beside each other with the same group.
  private var groups: [(title: String, columns: Range<Int>)] {
    var groups: [(title: String, columns: Range<Int>)] = []
    for (index, column) in columns.enumerated() {
      guard let title = column.group else { continue }
      if let last = groups.last, last.title == title, last.columns.upperBound == index {
        groups[groups.count - 1].columns = last.columns.lowerBound..<index + 1
      } else {
        groups.append((title, index..<index + 1))
      }
    }
    return groups
  }

  /// The line above the titles; empty where no column has a group.
  private func groupLine(_ widths: [Int]) -> String {
    var line = ""
    for group in groups {
      let start = widths[..<group.columns.lowerBound].reduce(0) { $0 + $1 + 2 }
      line += String(repeating: " ", count: max(0, start - line.count)) + group.title
    }
    return line.isEmpty ? "" : line + "\n"
  }

  /// The table as lines, each ending in a newline, without trailing blanks.
  /// - Parameter decorate: row, column and padded text of a body's cell to what is printed; may add what has no width.
  public func rendered(decorate: (Int, Int, String) -> String = { $2 }) -> String {
    let widths = widths
    let ruling = widths.map { String(repeating: "-", count: $0) }
    let head = [columns.map(\.title), ruling].map { join(padded($0, widths)) }
    let body = rows.enumerated().map { row, cells in
      join(padded(cells, widths).enumerated().map { decorate(row, $0, $1) })
    }
    return groupLine(widths) + (head + body).joined()
  }

  private func padded(_ cells: [String], _ widths: [Int]) -> [String] {
    zip(zip(cells, widths), columns).map { cell, column in
      let fill = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return column.alignment == .left ? cell.0 + fill : fill + cell.0
    }
  }

  private func join(_ cells: [String]) -> String {
    let joined = cells.joined(separator: "  ")
    return String(joined.reversed().drop { $0 == " " }.reversed()) + "\n"
  }
}
