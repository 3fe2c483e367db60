// CSVRenderer.swift: one table of a report for spreadsheets and data frames (RFC 4180).

public enum CSVRenderer: ReportRenderer {
  public static let name = "csv"
  public static let summary = "one table: the results, or that of the one section asked for"

  /// A file of comma-separated values is one table: of the results where they are among the sections, else the first.
  public static func render(_ report: Report, style: RenderingStyle) -> String {
    let results = report.bodies.first { $0.name == ResultsSection.name && !$0.tables.isEmpty }
    let body = results ?? report.bodies.first { !$0.tables.isEmpty }
    guard let table = body?.tables.lazy.map(\.forPrograms).first(where: { !$0.columns.isEmpty })
    else { return "" }
    let head = line(table.columns.map { $0.name ?? "" })
    return head + table.rows.map { line($0.map(field)) }.joined()
  }

  private static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\r\n"
  }

  private static func field(_ cell: Cell) -> String {
    switch cell.value {
    case .none: ""
    case .text(let text): text
    case .integer(let value): "\(value)"
    case .number(let value): value.isFinite ? "\(value)" : ""
    }
  }

  private static func quoted(_ field: String) -> String {
    // A carriage return with a line feed is a character of its own.
    let special: Set<Character> = ["\"", ",", "\r", "\n", "\r\n"]
    guard field.contains(where: special.contains) else { return field }
    let parts = field.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"" + parts.joined(separator: "\"\"") + "\""
  }
}
