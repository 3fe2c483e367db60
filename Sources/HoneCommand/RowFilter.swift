// RowFilter.swift: which rows of a database a subcommand is about.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneOperations

struct RowFilter: ParsableArguments {
  @Option(help: "Only this operation: gemm, embedding-bag or attention.")
  var operation: String?

  @Option(help: "Only these data types.")
  var types: String?

  @Option(help: ArgumentHelp("Only rows for this core count.", valueName: "n"))
  var cores: Int?

  @Option(help: "Only rows of this policy: warm, cold.")
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "Only this hardware: a folder below hosts/ (default: the only one, else this host's).",
      valueName: "class"))
  var hardwareClass: String?

  func matches(_ record: Record) -> Bool {
    (operation ?? record.problem.operation) == record.problem.operation
      && (types ?? record.problem.types) == record.problem.types
      && (cores ?? record.cores) == record.cores
      && (policy ?? record.policy.name) == record.policy.name
  }

  /// The one class of hardware that is asked about.
  func records(of database: Database) throws -> HardwareClassRecords {
    let names = database.classes.map(\.name)
    let name = try hardwareClass ?? (names.count == 1 ? names[0] : ThisHost().hardwareClass)
    if let records = database[name] { return records }
    throw HoneError(
      .unusableData, "\(database.path) has nothing of the hardware class '\(name)'",
      advice: names.isEmpty
        ? "Run `hone tune` first."
        : "Choose with --hardware-class: \(names.joined(separator: ", ")).")
  }

  /// An operation's dimensions in its own order.
  static func dimensions(of operation: String) -> [String] {
    Operations.named(operation)?.dimensions.map(\.name) ?? []
  }
}
