// FleetSection.swift: a part of a report about several hosts.

public import HoneDatabase

/// One part. To add one: a file with a type that conforms, and a row in `FleetSections.all`.
public protocol FleetSection: Sendable {
  /// "why": the name in `--section` and in JSON.
  static var name: String { get }
  static var summary: String { get }
  /// Is it part of every report, or of those that ask for it? A page has all of them.
  static var isUsual: Bool { get }
  /// The records that it looks at; of a small database all are read anyway.
  static var needs: RecordPart { get }

  /// nil where there is nothing to say.
  static func body(of grid: Grid) -> ReportBody?
}

extension FleetSection {
  public static var needs: RecordPart { .served }
}

/// Every part of a report about several hosts, in the order of printing: what matters most stands last, where a terminal stops.
public enum FleetSections {
  public static let all: [any FleetSection.Type] = [
    FleetHostsSection.self,
    FleetConfigurationsSection.self,
    WhySection.self,
    TransferSection.self,
    ScalingSection.self,
    FleetResultsSection.self,
    FleetTotalsSection.self,
    NotesSection.self,
  ]

  public static var usual: [any FleetSection.Type] { all.filter { $0.isUsual } }

  public static func named(_ name: String) -> (any FleetSection.Type)? {
    all.first { $0.name == name }
  }
}
