// SVGCurves.swift: speed-up over cores, with the ideal line and a circle at each knee.

enum SVGCurves {
  private static let width = 640.0
  private static let plot = 320.0

  static func write(_ figure: CurveFigure, _ page: inout HTMLText) {
    let points = figure.curves.flatMap(\.points)
    let height = plot + 60 + 18 * Double((figure.curves.count + 1) / 2)
    let x = LogAxis(points.map(\.x), padding: 1.1, from: 50, to: width - 15)
    let y = LogAxis(points.map(\.y) + points.map(\.x), padding: 1.1, from: plot, to: 15)
    page.raw(
      "<svg class=\"fit\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"")
    page.text("\(figure.title). \(figure.alternative)")
    page.raw("\">\n")
    axes(Set(points.map(\.x)).sorted(), x, y, &page)
    let (low, high) = (points.map(\.x).min() ?? 1, points.map(\.x).max() ?? 1)
    page.raw(
      "<path class=\"ideal\" d=\"M\(pixels(x.position(low))) \(pixels(y.position(low)))L\(pixels(x.position(high))) \(pixels(y.position(high)))\"/>\n"
    )
    for (index, curve) in figure.curves.enumerated() { write(curve, index, x, y, &page) }
    page.raw("</svg>\n")
  }

  private static func axes(
    _ counts: [Double], _ x: LogAxis, _ y: LogAxis, _ page: inout HTMLText
  ) {
    for tick in counts {
      let at = pixels(x.position(tick))
      page.raw("<path class=\"grid\" d=\"M\(at) \(pixels(y.end))V\(pixels(y.start))\"/>")
      page.raw(
        "<text class=\"soft\" x=\"\(at)\" y=\"\(pixels(plot + 16))\" text-anchor=\"middle\">\(Int(tick))</text>\n"
      )
    }
    for tick in y.ticks(base: 2) {
      let at = pixels(y.position(tick))
      page.raw("<path class=\"grid\" d=\"M\(pixels(x.start)) \(at)H\(pixels(x.end))\"/>")
      page.raw(
        "<text class=\"soft\" x=\"44\" y=\"\(at)\" dy=\"4\" text-anchor=\"end\">\(Scaled.significant(tick))×</text>\n"
      )
    }
    page.raw(
      "<path class=\"axis\" fill=\"none\" d=\"M\(pixels(x.start)) \(pixels(y.end))V\(pixels(y.start))H\(pixels(x.end))\"/>"
    )
    page.raw(
      "<text class=\"soft\" x=\"\(pixels(width / 2))\" y=\"\(pixels(plot + 34))\" text-anchor=\"middle\">cores</text>\n"
    )
  }

  private static let dashes = ["", "8 3", "2 3"]

  private static func write(
    _ curve: CurveFigure.Curve, _ index: Int, _ x: LogAxis, _ y: LogAxis, _ page: inout HTMLText
  ) {
    let places = curve.points.map { (x: pixels(x.position($0.x)), y: pixels(y.position($0.y))) }
    let dash = dashes[index / 6 % dashes.count]
    let style =
      "stroke=\"var(--s\(index % 6))\"" + (dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"")
    let path = places.map { "\($0.x) \($0.y)" }.joined(separator: "L")
    page.raw("<path class=\"curve\" \(style) d=\"M\(path)\"/>")
    if let knee = curve.knee {
      page.raw(
        "<circle fill=\"var(--paper)\" stroke-width=\"2\" stroke=\"var(--s\(index % 6))\" cx=\"\(places[knee].x)\" cy=\"\(places[knee].y)\" r=\"5\"/>"
      )
    }
    let left = 50 + 300 * Double(index % 2)
    let top = plot + 56 + 18 * Double(index / 2)
    page.raw("<path class=\"curve\" \(style) d=\"M\(pixels(left)) \(pixels(top - 4))h26\"/>")
    page.raw("<text x=\"\(pixels(left + 34))\" y=\"\(pixels(top))\">")
    page.text(curve.name.count <= 36 ? curve.name : curve.name.prefix(35) + "…")
    page.raw("</text>\n")
  }
}
