// SVGIntervals.swift: ratios with their intervals around 1, one line each.

enum SVGIntervals {
  private static let width = 1040.0
  private static let step = 20.0
  private static let head = 26.0

  static func write(_ figure: IntervalFigure, _ page: inout HTMLText) {
    let height = head + step * Double(figure.bars.count) + 6
    let longest = figure.bars.map(\.label.count).max() ?? 0
    let left = min(440, 20 + 7 * Double(longest))
    let axis = LogAxis(
      figure.bars.flatMap { [$0.low, $0.high] } + [1], padding: 1.05, from: left, to: width - 130)
    page.raw(
      "<svg class=\"fit lines\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\""
    )
    page.text("\(figure.title). \(figure.alternative)")
    page.raw("\">\n")
    for tick in axis.ticks() where abs(axis.position(tick) - axis.position(1)) > 30 {
      write(tick, axis, height, "grid", &page)
    }
    write(1, axis, height, "axis", &page)
    for (index, bar) in figure.bars.enumerated() {
      write(bar, head + step * (Double(index) + 0.5), axis, &page)
    }
    page.raw("</svg>\n")
  }

  private static func write(
    _ tick: Double, _ axis: LogAxis, _ height: Double, _ style: String, _ page: inout HTMLText
  ) {
    let at = pixels(axis.position(tick))
    page.raw("<path class=\"\(style)\" d=\"M\(at) \(pixels(head - 4))V\(pixels(height))\"/>")
    page.raw("<text class=\"soft\" x=\"\(at)\" y=\"\(pixels(head - 10))\" text-anchor=\"middle\">")
    page.text(Scaled.significant(tick) + "×")
    page.raw("</text>\n")
  }

  private static func write(
    _ bar: IntervalFigure.Bar, _ y: Double, _ axis: LogAxis, _ page: inout HTMLText
  ) {
    let style = bar.tone == .better ? "b" : bar.tone == .worse ? "w" : "t"
    let mark = bar.tone == .better ? "+" : bar.tone == .worse ? "−" : "~"
    page.raw(
      "<text x=\"\(pixels(axis.start - 10))\" y=\"\(pixels(y))\" dy=\"4\" text-anchor=\"end\">")
    page.text(bar.label.count <= 60 ? bar.label : bar.label.prefix(59) + "…")
    page.raw(
      "</text><path class=\"\(style)\" stroke-width=\"3\" d=\"M\(pixels(axis.position(bar.low))) \(pixels(y))H\(pixels(axis.position(bar.high)))\"/>"
    )
    page.raw(
      "<circle class=\"\(style)\" cx=\"\(pixels(axis.position(bar.value)))\" cy=\"\(pixels(y))\" r=\"4\"/>"
    )
    page.raw("<text x=\"\(pixels(width - 118))\" y=\"\(pixels(y))\" dy=\"4\">")
    page.text("\(mark) \(Scaled.ratio(bar.value))")
    page.raw("</text>\n")
  }
}
