// TextRenderer.swift: a report for terminals and logs.

public enum TextRenderer: ReportRenderer {
  public static let name = "text"
  public static let summary = "aligned tables for people"

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    report.bodies.map { body in
      "\(body.title)\n\n" + body.blocks.compactMap { block($0, style) }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func block(_ block: ReportBody.Block, _ style: RenderingStyle) -> String? {
    switch block {
    case .paragraph(let text): wrapped(text, width: style.width ?? 100) + "\n"
    case .table(let table):
      table.forPeople.columns.isEmpty
        ? nil
        : cut(fitted(table.forPeople, width: style.width), width: style.width)
          .map { draw($0, style) }.joined(separator: "\n")
    case .figure: nil
    }
  }

  /// A table that is still too wide becomes several, each with the columns without a group and as many groups as fit.
  private static func cut(_ table: ReportTable, width: Int?) -> [ReportTable] {
    let groups = table.columns.compactMap(\.group).reduce(into: [String]()) {
      if $0.last != $1 { $0.append($1) }
    }
    guard let width, groups.count > 1, textTable(table).width > width else { return [table] }
    var parts: [[String]] = []
    for group in groups {
      let longer = (parts.last ?? []) + [group]
      if !parts.isEmpty, textTable(part(table, longer)).width <= width {
        parts[parts.count - 1] = longer
      } else {
        parts.append([group])
      }
    }
    return parts.map { part(table, $0) }
  }

  private static func part(_ table: ReportTable, _ groups: [String]) -> ReportTable {
    table.keeping { column in column.group.map(groups.contains) ?? true }
  }

  private static func draw(_ table: ReportTable, _ style: RenderingStyle) -> String {
    let text = textTable(table)
    guard style.color else { return text.rendered() }
    return text.rendered { row, column, padded in
      table.rows[row][column].tone.colored(padded)
    }
  }

  private static func textTable(_ table: ReportTable) -> TextTable {
    var text = TextTable(
      table.columns.map { TextTable.Column($0.title ?? "", $0.alignment, group: $0.group) })
    for row in table.rows { text.add(row.map(\.text)) }
    return text
  }

  /// Leaves out spare columns until the table fits, those with the highest number first.
  private static func fitted(_ table: ReportTable, width: Int?) -> ReportTable {
    guard let width else { return table }
    var kept = table
    while textTable(kept).width > width,
      let most = kept.columns.map(\.spare).max(), most > 0
    {
      kept = kept.keeping { $0.spare < most }
    }
    return kept
  }

  static func wrapped(_ text: String, width: Int) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= max(width, 20) {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension Tone {
  /// Green or red by ECMA-48 (select graphic rendition); plain cells stay as they are.
  fileprivate func colored(_ text: String) -> String {
    switch self {
    case .plain: text
    case .better: "\u{1B}[32m\(text)\u{1B}[0m"
    case .worse: "\u{1B}[31m\(text)\u{1B}[0m"
    }
  }
}
