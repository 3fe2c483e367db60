// ReportOptions+Projection.swift: options of commands that compare: which results, laid out how, from which databases.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

/// As benchstat's -filter, -row, -col and -sort.
struct ProjectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only results for which this holds: 'operation:gemm -policy:cold m:(1 OR 16) variant:*packed*'.",
      valueName: "expression"))
  var filter: String?

  @Option(
    help: ArgumentHelp("Fields that make a row (default: problem,policy).", valueName: "fields"))
  var rows: String?

  @Option(help: ArgumentHelp("Fields that make a column (default: host).", valueName: "fields"))
  var columns: String?

  @Option(
    help: ArgumentHelp(
      "Order of the rows: time, ratio, share or a field; '-' in front reverses it. Fields: "
        + Fields.all.map(\.name).joined(separator: ", ") + ", and dimensions like m.",
      valueName: "key"))
  var sort: String?

  var isGiven: Bool { filter != nil || rows != nil || columns != nil || sort != nil }

  func projection() throws -> Projection {
    try Projection(
      rows: rows ?? "problem,policy", columns: columns ?? "host", filter: filter, sort: sort)
  }
}

/// Any number of databases.
struct DatabasesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A tuning database, perhaps with a name for it: NAME=FOLDER; may be given several times (default: $HONE_DB, "
        + "the user's, the system's, ./tuning-db).",
      valueName: "folder"))
  var db: [String] = []

  /// Below that many bytes of journals everything is read: it is checked, then, too.
  private static let small = 64 << 20

  /// What cannot be read goes to standard error.
  /// - Parameter part: all that is needed of large databases.
  func readers(part: RecordPart = .all) throws -> [NamedDatabase] {
    let arguments = db.isEmpty ? SearchPath.readers() : db
    guard !arguments.isEmpty else { throw DatabaseOptions.nothing }
    return try arguments.map { argument in
      let (name, path) = NamedDatabase.split(argument)
      let isSmall = try Database.journalBytes(path: path) <= Self.small
      let database = try Database(path: path, part: isSmall ? .all : part)
      for finding in database.findings { Terminal.printError("hone: \(finding)") }
      return NamedDatabase(name: name, database: database)
    }
  }
}
