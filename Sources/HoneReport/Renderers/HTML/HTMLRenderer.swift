// HTMLRenderer.swift: a report as one page that needs nothing else: no network, light and dark, sortable, printable.

public enum HTMLRenderer: ReportRenderer {
  public static let name = "html"
  public static let summary = "one self-contained page with pictures and sortable tables"
  public static let showsEverything = true

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    var page = HTMLText()
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n")
    head(report, &page)
    page.raw("<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n")
    page.raw("<header><h1>")
    page.text(title(report))
    page.raw("</h1></header>\n")
    contents(report, &page)
    page.raw("<main id=\"content\">\n")
    for body in mostImportantFirst(report.bodies) { section(body, &page) }
    page.raw("</main>\n<script>\n\(HTMLScript.sorting)</script>\n</body>\n</html>\n")
    return page.result
  }

  private static func title(_ report: Report) -> String {
    let hosts = report.series.map(\.host).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let kind = report.schema.hasPrefix("hone.compare") ? "Hone comparison" : "Hone report"
    guard let first = hosts.first else { return kind }
    return hosts.count == 1 ? "\(kind): \(first)" : "\(kind): \(hosts.count) hosts"
  }

  /// A page is read from its top, a terminal from its bottom.
  private static func mostImportantFirst(_ bodies: [ReportBody]) -> [ReportBody] {
    let first = ["totals", "results", "notes"]
    let leading = first.flatMap { name in bodies.filter { $0.name == name } }
    return leading + bodies.filter { !first.contains($0.name) }
  }

  private static func head(_ report: Report, _ page: inout HTMLText) {
    page.raw(
      """
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <meta name="color-scheme" content="light dark">
      <title>
      """)
    page.text(title(report))
    page.raw("</title>\n<style>\n\(HTMLStyle.sheet)</style>\n</head>\n")
  }

  private static func contents(_ report: Report, _ page: inout HTMLText) {
    page.raw("<nav aria-label=\"Sections\"><ul>\n")
    for body in mostImportantFirst(report.bodies) {
      page.raw("<li><a href=\"#\(body.name)\">")
      page.text(body.title)
      page.raw("</a></li>\n")
    }
    page.raw("</ul></nav>\n")
  }

  private static func section(_ body: ReportBody, _ page: inout HTMLText) {
    page.raw("<section id=\"\(body.name)\" aria-labelledby=\"\(body.name)-title\">\n")
    page.raw("<h2 id=\"\(body.name)-title\">")
    page.text(body.title)
    page.raw("</h2>\n")
    let figures = body.blocks.count { if case .figure = $0 { true } else { false } }
    if figures > 1 { page.raw("<div class=\"figures\">\n") }
    for block in body.blocks { if case .figure(let figure) = block { draw(figure, &page) } }
    if figures > 1 { page.raw("</div>\n") }
    for (index, block) in body.blocks.enumerated() {
      switch block {
      case .paragraph(let text):
        page.raw("<p>")
        page.text(text)
        page.raw("</p>\n")
      case .table(let table):
        HTMLTable.write(table.forPeople, "\(body.title), table \(index + 1)", &page)
      case .figure: break
      }
    }
    page.raw("</section>\n")
  }

  private static func draw(_ figure: Figure, _ page: inout HTMLText) {
    page.raw("<figure\(isWide(figure) ? " class=\"wide\"" : "")>\n<figcaption>")
    page.text(figure.title)
    page.raw("</figcaption>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
    page.text(figure.title)
    page.raw("\">\n")
    switch figure {
    case .roofline(let figure): SVGRoofline.write(figure, &page)
    case .heatMap(let figure): SVGHeatMap.write(figure, &page)
    case .intervals(let figure): SVGIntervals.write(figure, &page)
    case .curves(let figure): SVGCurves.write(figure, &page)
    }
    page.raw("</div>\n</figure>\n")
  }

  /// Pictures with a line for each problem need the page's width.
  private static func isWide(_ figure: Figure) -> Bool {
    switch figure {
    case .heatMap, .intervals: true
    case .roofline, .curves: false
    }
  }
}
