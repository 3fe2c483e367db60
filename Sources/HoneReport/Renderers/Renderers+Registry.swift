// Renderers+Registry.swift: every format of reports; one row each.

public enum Renderers {
  public static let all: [any ReportRenderer.Type] = [
    TextRenderer.self,
    MarkdownRenderer.self,
    CSVRenderer.self,
    JSONRenderer.self,
    HTMLRenderer.self,
    GoogleBenchmarkRenderer.self,
    GoBenchmarkRenderer.self,
    OpenMetricsRenderer.self,
  ]

  public static func named(_ name: String) -> (any ReportRenderer.Type)? {
    all.first { $0.name == name }
  }
}
