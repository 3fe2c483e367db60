// MarkdownRenderer.swift: a report for issues, wikis and notes.

public enum MarkdownRenderer: ReportRenderer {
  public static let name = "markdown"
  public static let summary = "headings and pipe tables"

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    report.bodies.map { body in
      (["## \(body.title)\n"] + body.blocks.compactMap(block)).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func block(_ block: ReportBody.Block) -> String? {
    switch block {
    case .paragraph(let text): escaped(text) + "\n"
    case .table(let table): table.forPeople.columns.isEmpty ? nil : draw(table.forPeople)
    case .figure: nil
    }
  }

  private static func draw(_ table: ReportTable) -> String {
    // Markdown has no row above the titles: a group stands in front of its columns' titles.
    let titles = table.columns.map { column in
      escaped([column.group, column.title].compactMap { $0 }.joined(separator: " "))
    }
    let rules = table.columns.map { $0.alignment == .right ? "---:" : "---" }
    let rows = table.rows.map { row in row.map { escaped($0.text) } }
    return ([titles, rules] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// Characters that Markdown would take for marks.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "\\|`*_<>[]~".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}
