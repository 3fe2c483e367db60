// Report.swift: sections put together, ready to be drawn in any format.

/// Tables and paragraphs under headings, without a format.
public struct Report: Sendable {
  /// Of the JSON form: "hone.report/1".
  public var schema: String
  /// nil where it is not about a host.
  public var hardwareClass: String?
  public var bodies: [ReportBody]
  /// The samples behind the tables, for formats that hold measurements rather than text.
  public var series: [SampleSeries]

  public init(
    schema: String, hardwareClass: String? = nil, bodies: [ReportBody], series: [SampleSeries] = []
  ) {
    self.schema = schema
    self.hardwareClass = hardwareClass
    self.bodies = bodies
    self.series = series
  }

  /// What was found on several hosts, laid out by a projection.
  /// - Parameter sections: those that have nothing to say are left out.
  public init(of grid: Grid, sections: [any FleetSection.Type] = FleetSections.usual) {
    self.init(
      schema: "hone.report/1", bodies: sections.compactMap { $0.body(of: grid) },
      series: SampleSeries.all(of: grid))
  }

  /// What was found on one host.
  /// - Parameter sections: those that have nothing to say are left out.
  public init(of subject: ReportSubject, sections: [any ReportSection.Type] = Sections.all) {
    self.init(
      schema: "hone.report/1", hardwareClass: subject.hardwareClass,
      bodies: sections.compactMap { $0.body(of: subject) }, series: SampleSeries.all(of: subject))
  }

  public func rendered(
    as renderer: any ReportRenderer.Type, style: RenderingStyle = RenderingStyle()
  ) -> String {
    renderer.render(self, style: style)
  }
}
