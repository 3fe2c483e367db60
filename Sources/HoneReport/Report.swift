// Report.swift: sections put together, ready to be drawn in any format.

/// What was found on one host, without a format.
public struct Report: Sendable {
  /// Of the JSON form.
  public static let schema = "hone.report/1"

  public var hardwareClass: String
  public var bodies: [ReportBody]

  /// - Parameter sections: those that have nothing to say are left out.
  public init(of subject: ReportSubject, sections: [any ReportSection.Type] = Sections.all) {
    hardwareClass = subject.hardwareClass
    bodies = sections.compactMap { $0.body(of: subject) }
  }

  public func rendered(
    as renderer: any ReportRenderer.Type, style: RenderingStyle = RenderingStyle()
  ) -> String {
    renderer.render(self, style: style)
  }
}
