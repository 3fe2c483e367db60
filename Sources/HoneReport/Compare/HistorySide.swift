// HistorySide.swift: one of the two things that `hone compare` compares: records of a time, a session or a library version.

public import HoneCore
public import HoneDatabase

/// Which records belong to a side: "2026-01-31" (a beginning of the time), a session or a beginning of it, "openblas=0.3.21", "" for all.
public struct HistorySelector: Sendable, CustomStringConvertible {
  public let description: String
  private let library: (name: String, version: String)?

  public init(_ text: String) {
    description = text
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    library = parts.count == 2 ? (parts[0], parts[1]) : nil
  }

  public func accepts(_ record: Record) -> Bool {
    let provenance = record.provenance
    if let library { return provenance.libraries[library.name] == library.version }
    return description.isEmpty || provenance.time.hasPrefix(description)
      || provenance.session.hasPrefix(description)
  }
}

/// What is known of one hardware class on one side.
public struct HistorySide: Sendable {
  public var hardwareClass: String
  /// One a problem, core count and policy.
  public var served: [Record]
  /// Everything that was measured in a final, whoever won, oldest first.
  public var finals: [Record]

  public init(hardwareClass: String, served: [Record], finals: [Record]) {
    self.hardwareClass = hardwareClass
    self.served = served
    self.finals = finals
  }

  public init(_ known: HardwareClassRecords) {
    self.init(
      hardwareClass: known.name, served: known.best.map(\.record),
      finals: known.records.map(\.record).filter {
        $0.stage == .final && $0.outcome == .measured && $0.measurement != nil
      })
  }

  /// All classes of a database that have something to compare.
  public static func all(of database: Database, _ selector: HistorySelector) -> [HistorySide] {
    database.classes.map { known in
      HistorySide(known.keeping { selector.accepts($0) })
    }.filter { !$0.served.isEmpty }
  }
}
