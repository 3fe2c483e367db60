// SVGHeatMap.swift: ratios in rows and columns; colour says which way and how much, the number says it exactly.

internal import Glibc

enum SVGHeatMap {
  private static let box = (width: 64.0, height: 20.0)
  private static let head = 135.0

  static func write(_ figure: HeatMapFigure, _ page: inout HTMLText) {
    let longest = figure.rows.map(\.count).max() ?? 0
    let left = min(300, 7.2 * Double(longest) + 12)
    let width = left + box.width * Double(figure.columns.count) + 90
    let height = head + box.height * Double(figure.rows.count) + 4
    page.raw(
      "<svg width=\"\(Int(width))\" height=\"\(Int(height))\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\""
    )
    page.text("\(figure.title). \(figure.alternative)")
    page.raw("\">\n")
    for (column, name) in figure.columns.enumerated() {
      let x = left + box.width * (Double(column) + 0.5)
      page.raw(
        "<text transform=\"translate(\(pixels(x)) \(pixels(head - 8))) rotate(-35)\">")
      page.text(shortened(name, 26))
      page.raw("</text>\n")
    }
    for (row, name) in figure.rows.enumerated() { line(row, name, left, figure, &page) }
    page.raw("</svg>\n")
  }

  private static func line(
    _ row: Int, _ name: String, _ left: Double, _ figure: HeatMapFigure, _ page: inout HTMLText
  ) {
    let y = head + box.height * Double(row)
    page.raw("<text x=\"\(pixels(left - 8))\" y=\"\(pixels(y + 14))\" text-anchor=\"end\">")
    page.text(shortened(name, 40))
    page.raw("</text>")
    for (column, cell) in figure.boxes[row].enumerated() {
      let x = left + box.width * Double(column)
      let fill = cell.ratio.map { "var(--h\(shade($0, figure.isMoreBetter)))" } ?? "none"
      page.raw(
        "<rect class=\"sep\" x=\"\(pixels(x))\" y=\"\(pixels(y))\" width=\"\(Int(box.width))\" height=\"\(Int(box.height))\" fill=\"\(fill)\"/>"
          + "<text x=\"\(pixels(x + box.width / 2))\" y=\"\(pixels(y + 14))\" text-anchor=\"middle\">"
      )
      page.text(cell.text)
      page.raw("</text>")
    }
    page.raw("\n")
  }

  /// 0 much worse … 3 as good … 6 much better, in steps of 1.05, 1.25 and 2.
  static func shade(_ ratio: Double, _ isMoreBetter: Bool) -> Int {
    guard ratio > 0, ratio.isFinite else { return 3 }
    let gain = log(ratio) * (isMoreBetter ? 1 : -1)
    let steps = [log(1.05), log(1.25), log(2)].count { abs(gain) > $0 }
    return gain > 0 ? 3 + steps : 3 - steps
  }

  private static func shortened(_ text: String, _ length: Int) -> String {
    text.count <= length ? text : text.prefix(length - 1) + "…"
  }
}
