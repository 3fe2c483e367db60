// Sections+Registry.swift: every section of a report, in the order in which they are printed: what matters most stands last, where a terminal stops; one row each.

public enum Sections {
  public static let all: [any ReportSection.Type] = [
    HostSection.self,
    LimitsSection.self,
    ConfigurationsSection.self,
    ParetoSection.self,
    ResultsSection.self,
    TotalsSection.self,
  ]

  public static func named(_ name: String) -> (any ReportSection.Type)? {
    all.first { $0.name == name }
  }
}
