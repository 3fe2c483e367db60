// ReportRenderer.swift: a format of reports.

/// How a report is to be drawn.
public struct RenderingStyle: Sendable, Hashable {
  /// Escape sequences for colours.
  public var color: Bool
  /// Columns of the terminal; nil: as wide as it takes.
  public var width: Int?

  public init(color: Bool = false, width: Int? = nil) {
    self.color = color
    self.width = width
  }
}

/// One format. To add one: a file with a type that conforms, and a row in `Renderers.all`.
public protocol ReportRenderer: Sendable {
  /// "markdown": the value of `--format`.
  static var name: String { get }
  static var summary: String { get }

  /// A page that people scroll: has the sections, too, that are otherwise printed on demand only.
  static var showsEverything: Bool { get }

  /// Ends in a line break.
  static func render(_ report: Report, style: RenderingStyle) -> String
}

extension ReportRenderer {
  public static var showsEverything: Bool { false }
}
