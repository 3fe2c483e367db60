// DbCommand.swift: `hone db`: looks after tuning databases; one file a subcommand, the three small ones here.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

struct DbCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db", abstract: "Looks after a tuning database.",
    subcommands: [
      DbValidate.self, DbStats.self, DbRebuild.self, DbExport.self, DbImport.self, DbMerge.self,
      DbCompact.self, DbGC.self, DbMigrate.self, DbDiff.self,
    ])
}

struct DbValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks every record, checksum and derived file.",
    discussion: """
      Example:
        hone db validate --db tuning-db

      Exit code 1 where something is wrong. Notes, like a line that a killed writer left unfinished, are no errors.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var database: String
    var valid: Bool
    var records: Int
    var findings: [Finding]
  }

  func run() throws {
    let database = try Database(path: try database.path())
    let findings = try database.validate()
    let result = Result(
      database: database.path, valid: findings.allSatisfy { $0.severity != .error },
      records: database.classes.reduce(0) { $0 + $1.records.count }, findings: findings)
    try output.emit(result) { Self.text(result) }
    if !result.valid { throw ExitStatus.no }
  }

  private static func text(_ result: Result) -> String {
    let errors = result.findings.count { $0.severity == .error }
    let verdict = result.valid ? "valid" : "not valid: \(errors) errors"
    let summary = "\(result.database): \(verdict), \(result.records) records"
    return (result.findings.map(\.description) + [summary]).joined(separator: "\n")
  }
}

struct DbStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Counts what is in a database, by hardware class.")

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let statistics = try Database(path: try database.path()).statistics()
    try output.emit(statistics) { Self.text(statistics) }
  }

  private static func text(_ statistics: [HardwareClassStatistics]) -> String {
    let numbers = [
      "records", "problems", "served", "faster", "hosts", "sessions", "journals", "size",
    ]
    var table = TextTable([.init("hardware class")] + numbers.map { .init($0, .right) })
    for row in statistics {
      let counts = [
        row.records, row.problems, row.served, row.faster, row.hosts, row.sessions, row.journals,
      ]
      table.add([row.hardwareClass] + counts.map(String.init) + [Scaled.bytes(row.bytes)])
    }
    return statistics.isEmpty ? "no hardware class has been tuned" : table.rendered()
  }
}

struct DbRebuild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Derives every best.json from the journals; the same records give the same bytes.")

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let paths = try Database.rebuild(path: try database.path())
    try output.emit(paths) { paths.joined(separator: "\n") }
  }
}
