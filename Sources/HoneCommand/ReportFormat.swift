// ReportFormat.swift: the option `--format` of commands that print tables: any renderer of HoneReport.

internal import ArgumentParser
internal import HoneReport

struct ReportFormat: ExpressibleByArgument {
  var renderer: any ReportRenderer.Type

  init?(argument: String) {
    guard let renderer = Renderers.named(argument) else { return nil }
    self.renderer = renderer
  }

  static let text = ReportFormat(renderer: TextRenderer.self)

  private init(renderer: any ReportRenderer.Type) { self.renderer = renderer }

  static var allValueStrings: [String] { Renderers.all.map { $0.name } }

  var defaultValueDescription: String { renderer.name }
}

/// Format, colour and width of what is printed.
struct ReportOptions: ParsableArguments {
  @Option(help: "How to print it: text and markdown for people, csv and json for programs.")
  var format = ReportFormat.text

  @Flag(help: "No colour, even on a terminal (the variable NO_COLOR does the same).")
  var noColor = false

  func emit(_ report: Report) {
    let style = RenderingStyle(
      color: Terminal.usesColor(disabled: noColor), width: Terminal.width)
    Terminal.print(report.rendered(as: format.renderer, style: style))
  }
}
