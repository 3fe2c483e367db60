// Sections+Registry.swift: every section of a report, in the order in which they are printed; one row each.

public enum Sections {
  public static let all: [any ReportSection.Type] = [
    HostSection.self,
    LimitsSection.self,
    ResultsSection.self,
    TotalsSection.self,
    ConfigurationsSection.self,
  ]

  public static func named(_ name: String) -> (any ReportSection.Type)? {
    all.first { $0.name == name }
  }
}
