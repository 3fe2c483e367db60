// FleetConfigurationsSection.swift: which configuration won for each problem on each host, and with how many it ties.

internal import HoneCore

public enum FleetConfigurationsSection: FleetSection {
  public static let name = "configurations"
  public static let summary = "which configuration won on each host, and how many it ties with"
  public static let isUsual = false

  public static func body(of grid: Grid) -> ReportBody? {
    guard !grid.rows.isEmpty else { return nil }
    let lead = grid.projection.rows.map { ReportTable.Column(nil, $0.name) }
    let columns = grid.columns.indices.flatMap { index -> [ReportTable.Column] in
      let title = grid.columnTitle(index)
      return [
        .init(nil, "configuration", group: title), .init(nil, "ties", .right, group: title),
      ]
    }
    let rows = grid.rows.indices.map { row in
      grid.rows[row].map { Cell($0.description) }
        + grid.columns.indices.flatMap { cells(grid[row, $0]) }
    }
    let table = ReportTable("configurations", columns: lead + columns, rows: rows)
    return ReportBody(
      name, title: "Configurations that won",
      [
        .table(table),
        .paragraph(
          "Ties: other finalists that were not shown to differ from the one that is served."),
      ])
  }

  private static func cells(_ result: Observation?) -> [Cell] {
    guard let result else { return [Cell("–", .none), Cell("", .none)] }
    let configuration = result.record.configuration
    let parameters = configuration.parameters.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }
    let text = ([configuration.variant] + parameters).joined(separator: " ")
    return [Cell(text), Cell(result.tied.count)]
  }
}
