// DatabaseOptions.swift: which tuning database a subcommand reads or writes.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase

struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The tuning database (default: $HONE_DB, the user's, the system's, ./tuning-db).",
      valueName: "folder"))
  var db: String?

  /// Every database on the search path, most important first. What cannot be read in them goes to standard error.
  func readers() throws -> [Database] {
    let paths = SearchPath.readers(chosen: db)
    guard !paths.isEmpty else { throw Self.nothing }
    return try paths.map {
      let database = try Database(path: $0)
      for finding in database.findings { Terminal.printError("hone: \(finding)") }
      return database
    }
  }

  /// The one database that `hone db` looks at: the most important one that exists.
  func path() throws -> String {
    guard let path = SearchPath.readers(chosen: db).first else { throw Self.nothing }
    return path
  }

  static let nothing = HoneError(
    .unusableData, "there is no tuning database",
    advice: "Run `hone tune` to make one, or name one with --db.")
}
