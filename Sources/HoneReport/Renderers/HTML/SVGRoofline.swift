// SVGRoofline.swift: the roofline of a host with every problem on it.

internal import Glibc

enum SVGRoofline {
  private static let width = 640.0
  private static let height = 400.0

  static func write(_ figure: RooflineFigure, _ page: inout HTMLText) {
    let peak = figure.peaks.map(\.value).max() ?? 1
    let slowest = figure.bandwidths.map(\.value).min() ?? peak
    let ridge = peak / slowest
    let x = LogAxis(
      figure.points.map(\.intensity) + [ridge], padding: 2, from: 70, to: width - 15)
    let y = LogAxis(
      figure.points.map(\.rate) + [peak], padding: 2, from: height - 70, to: 15)
    page.raw(
      "<svg class=\"fit\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"")
    page.text("\(figure.title). \(figure.alternative)")
    page.raw("\">\n")
    axes(x, y, &page)
    for roof in figure.bandwidths { slope(roof, peak, x, y, &page) }
    for roof in figure.peaks { ceiling(roof, figure.bandwidths.map(\.value).max(), x, y, &page) }
    points(figure, x, y, &page)
    page.raw("</svg>\n")
  }

  private static func axes(_ x: LogAxis, _ y: LogAxis, _ page: inout HTMLText) {
    for tick in x.ticks() {
      let at = pixels(x.position(tick))
      page.raw("<path class=\"grid\" d=\"M\(at) \(pixels(y.end))V\(pixels(y.start))\"/>")
      page.raw(
        "<text class=\"soft\" x=\"\(at)\" y=\"\(pixels(y.start + 16))\" text-anchor=\"middle\">")
      page.text(Scaled.significant(tick))
      page.raw("</text>\n")
    }
    for tick in y.ticks() {
      let at = pixels(y.position(tick))
      page.raw("<path class=\"grid\" d=\"M\(pixels(x.start)) \(at)H\(pixels(x.end))\"/>")
      page.raw(
        "<text class=\"soft\" x=\"\(pixels(x.start - 6))\" y=\"\(at)\" dy=\"4\" text-anchor=\"end\">"
      )
      page.text(Scaled.compactRate(tick))
      page.raw("</text>\n")
    }
    page.raw(
      "<path class=\"axis\" fill=\"none\" d=\"M\(pixels(x.start)) \(pixels(y.end))V\(pixels(y.start))H\(pixels(x.end))\"/>"
    )
    page.raw(
      "<text class=\"soft\" x=\"\(pixels((x.start + x.end) / 2))\" y=\"\(pixels(y.start + 34))\" text-anchor=\"middle\">FLOP per byte (nothing cached)</text>\n"
    )
  }

  /// A bandwidth: as many FLOP/s as bytes arrive for, up to the peak.
  private static func slope(
    _ roof: RooflineFigure.Ceiling, _ peak: Double, _ x: LogAxis, _ y: LogAxis,
    _ page: inout HTMLText
  ) {
    let from = max(x.low, y.low / roof.value)
    let to = min(x.high, peak / roof.value)
    guard from < to else { return }
    let (x1, y1) = (x.position(from), y.position(from * roof.value))
    let (x2, y2) = (x.position(to), y.position(to * roof.value))
    page.raw(
      "<path class=\"roof\" d=\"M\(pixels(x1)) \(pixels(y1))L\(pixels(x2)) \(pixels(y2))\"/>")
    // Along the line, above it.
    let place = "translate(\(pixels((x1 + x2) / 2)) \(pixels((y1 + y2) / 2)))"
    let degrees = atan2(y2 - y1, x2 - x1) * 180 / Double.pi
    page.raw(
      "<text transform=\"\(place) rotate(\(pixels(degrees)))\" dy=\"-6\" text-anchor=\"middle\">")
    page.text("\(roof.name) \(Scaled.rate(roof.value, unit: "byte/s"))")
    page.raw("</text>\n")
  }

  private static func ceiling(
    _ roof: RooflineFigure.Ceiling, _ bandwidth: Double?, _ x: LogAxis, _ y: LogAxis,
    _ page: inout HTMLText
  ) {
    let from = max(x.low, bandwidth.map { roof.value / $0 } ?? x.low)
    guard from < x.high, roof.value >= y.low else { return }
    let at = pixels(y.position(roof.value))
    page.raw("<path class=\"roof\" d=\"M\(pixels(x.position(from))) \(at)H\(pixels(x.end))\"/>")
    page.raw("<text x=\"\(pixels(x.end - 4))\" y=\"\(at)\" dy=\"-6\" text-anchor=\"end\">")
    page.text("\(roof.name) \(Scaled.rate(roof.value, unit: "flop/s"))")
    page.raw("</text>\n")
  }

  /// A shape and a colour an operation.
  private static func points(
    _ figure: RooflineFigure, _ x: LogAxis, _ y: LogAxis, _ page: inout HTMLText
  ) {
    let operations = figure.points.map(\.operation).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    for point in figure.points {
      let kind = operations.firstIndex(of: point.operation) ?? 0
      page.raw(mark(kind, x.position(point.intensity), y.position(point.rate)))
      page.raw("<title>")
      page.text("\(point.label): \(Scaled.rate(point.rate, unit: "flop/s"))")
      page.raw("</title></path>\n")
    }
    for (kind, operation) in operations.enumerated() {
      let left = x.start + 10 + 150 * Double(kind)
      page.raw(mark(kind, left, height - 16) + "</path>")
      page.raw("<text x=\"\(pixels(left + 10))\" y=\"\(pixels(height - 12))\">")
      page.text(operation)
      page.raw("</text>\n")
    }
  }

  private static func mark(_ kind: Int, _ x: Double, _ y: Double) -> String {
    let shapes = [
      "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "m-4-4h8v8h-8z", "m0-5l5 9h-10z", "m0-5l5 5-5 5-5-5z",
    ]
    return
      "<path fill=\"var(--s\(kind % 6))\" d=\"M\(pixels(x)) \(pixels(y))\(shapes[kind % shapes.count])\">"
  }
}
