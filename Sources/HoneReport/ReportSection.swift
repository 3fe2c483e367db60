// ReportSection.swift: a part of a report.

/// One part of a report. To add one: a file with a type that conforms, and a row in `Sections.all`.
public protocol ReportSection: Sendable {
  /// "results": the name in `--section` and in JSON.
  static var name: String { get }
  static var summary: String { get }

  /// nil where there is nothing to say.
  static func body(of subject: ReportSubject) -> ReportBody?
}
