// FleetHost.swift: one host of a report about several: its records, what it is, and what a reader must know of it.

public import HoneCore
public import HoneDatabase

/// A hardware class of a database, or one machine of it.
public struct FleetHost: Sendable {
  /// As it is shown: short, and different from every other host's.
  public var name: String
  public var hardwareClass: String
  /// Of the database that it comes from: the folder's name, or what the user called it.
  public var database: String
  /// Random identifiers of the machines whose records these are, sorted.
  public var machines: [String]
  public var hardware: JSONValue
  public var subject: ReportSubject
  /// Made by a generator: nothing of it was measured.
  public let isSynthetic: Bool

  public init(
    name: String, hardwareClass: String, database: String, machines: [String],
    hardware: JSONValue, subject: ReportSubject
  ) {
    self.name = name
    self.hardwareClass = hardwareClass
    self.database = database
    self.machines = machines
    self.hardware = hardware
    self.subject = subject
    isSynthetic =
      hardware["synthetic"] == .bool(true)
      || subject.records.contains { $0.provenance.strategy == Self.syntheticStrategy }
  }

  /// - Parameter machine: only the records of this machine; nil: of all machines of the class.
  public init(
    _ known: HardwareClassRecords, database: String, machine: String? = nil,
    wanted: [WantedProblem]? = nil
  ) {
    let known = machine.map { known.keeping(machine: $0) } ?? known
    let machines = Set(known.records.map(\.record.provenance.host)).sorted()
    self.init(
      name: machine ?? known.name, hardwareClass: known.name, database: database,
      machines: machines, hardware: known.host?.hardware ?? .null,
      subject: ReportSubject(known, wanted: wanted))
  }

  var description: HardwareDescription { HardwareDescription(hardware) }

  /// What generators write where measured records name their search strategy.
  public static let syntheticStrategy = "synthetic"

  /// Library → versions, sorted, of everything that is served.
  var libraries: [String: [String]] {
    var versions: [String: Set<String>] = [:]
    for record in subject.served {
      for (library, version) in record.provenance.libraries {
        versions[library, default: []].insert(version)
      }
    }
    return versions.mapValues { $0.sorted() }
  }

  /// Median of the noise floors of what is served; nil where none is known.
  var noiseFloor: Double? {
    let floors = subject.served.compactMap(\.noiseFloor).sorted()
    return floors.isEmpty ? nil : floors[floors.count / 2]
  }
}
