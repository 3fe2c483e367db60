// ConfigurationsSection.swift: which configuration is served for each problem.

internal import HoneCore

public enum ConfigurationsSection: ReportSection {
  public static let name = "configurations"
  public static let summary = "which variant and parameters won"

  public static func body(of subject: ReportSubject) -> ReportBody? {
    let rows = subject.rows
    guard !rows.isEmpty else { return nil }
    let columns: [ReportTable.Column] = [
      .init("problem", "problem"), .init("key", nil), .init("cores", "cores", .right),
      .init("policy", "operands", spare: 2), .init("backend", nil),
      .init("variant", "variant"), .init("parameters", "parameters"),
      .init("default_configuration", nil),
    ]
    let table = ReportTable("configurations", columns: columns, rows: rows.map(cells))
    return ReportBody(name, title: "Configurations", [.table(table)])
  }

  private static func cells(_ row: ResultRow) -> [Cell] {
    let record = row.served
    let configuration = record.configuration
    let parameters = configuration.parameters.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return [
      Cell(row.title), Cell(record.problem.key), Cell(record.cores), Cell(record.policy.name),
      Cell(configuration.backend), Cell(configuration.variant), Cell(parameters),
      Cell(row.againstDefault?.against.key ?? configuration.key),
    ]
  }
}
