// HTMLTable.swift: a table that sorts by a click or a key, scrolls sideways on narrow screens, and reads well aloud.

enum HTMLTable {
  static func write(_ table: ReportTable, _ label: String, _ page: inout HTMLText) {
    guard !table.columns.isEmpty, !table.rows.isEmpty else { return }
    page.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
    page.text(label)
    page.raw("\">\n<table>\n<thead>\n")
    groups(table.columns, &page)
    page.raw("<tr>")
    for column in table.columns {
      page.raw("<th scope=\"col\"\(column.alignment == .right ? " class=\"r\"" : "")>")
      let title = column.title ?? ""
      if title.isEmpty {
        page.raw("<span class=\"hidden\">remark</span>")
      } else {
        page.raw("<button type=\"button\">")
        page.text(title)
        page.raw("</button>")
      }
      page.raw("</th>")
    }
    page.raw("</tr>\n</thead>\n<tbody>\n")
    for row in table.rows { write(row, table.columns, &page) }
    page.raw("</tbody>\n</table>\n</div>\n")
  }

  /// A row above the titles where columns have groups.
  private static func groups(_ columns: [ReportTable.Column], _ page: inout HTMLText) {
    guard columns.contains(where: { $0.group != nil }) else { return }
    page.raw("<tr>")
    var index = 0
    while index < columns.count {
      let group = columns[index].group
      let end = columns[index...].firstIndex { $0.group != group } ?? columns.count
      if let group {
        page.raw("<th scope=\"colgroup\" colspan=\"\(end - index)\" class=\"g\">")
        page.text(group)
        page.raw("</th>")
      } else {
        page.raw("<td colspan=\"\(end - index)\"></td>")
      }
      index = end
    }
    page.raw("</tr>\n")
  }

  private static func write(
    _ cells: [Cell], _ columns: [ReportTable.Column], _ page: inout HTMLText
  ) {
    page.raw("<tr>")
    for (index, (cell, column)) in zip(cells, columns).enumerated() {
      let tag = index == 0 ? "th" : "td"
      page.raw("<\(tag)\(index == 0 ? " scope=\"row\"" : "")\(classes(cell, column))")
      if let value = sortValue(cell) { page.raw(" data-v=\"\(value)\"") }
      page.raw(">")
      page.text(cell.text)
      page.raw("</\(tag)>")
    }
    page.raw("</tr>\n")
  }

  private static func classes(_ cell: Cell, _ column: ReportTable.Column) -> String {
    var names: [String] = []
    if column.alignment == .right { names.append("r") }
    if cell.tone == .better { names.append("better") }
    if cell.tone == .worse { names.append("worse") }
    return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
  }

  /// Four digits order well enough, and a page has many cells.
  private static func sortValue(_ cell: Cell) -> String? {
    switch cell.value {
    case .integer(let value): "\(value)"
    case .number(let value) where value.isFinite: Scaled.significant(value)
    default: nil
    }
  }
}
