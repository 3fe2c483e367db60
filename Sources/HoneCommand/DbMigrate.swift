// DbMigrate.swift: `hone db migrate`: records of older versions become records of this one.

internal import ArgumentParser
internal import HoneDatabase

struct DbMigrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Rewrites records of older versions; a database of a newer Hone is refused.",
    discussion: """
      Records of older versions are read without this; rewriting them is for tools that read journals
      themselves. Exit code 2 where a record is of a newer version: nothing is changed then.

      Example:
        hone db migrate --dry-run
      """)

  @Flag(help: "Only say what would change.")
  var dryRun = false

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let path = try database.path()
    let report = try Database.migrate(path: path, isDry: dryRun)
    if !dryRun, report.migrated > 0 { _ = try Database.rebuild(path: path) }
    try output.emit(report) {
      let verb = dryRun ? "would be rewritten" : "rewritten"
      return "\(path): \(report.current) records are of version \(report.version), "
        + "\(report.migrated) older ones \(verb)"
    }
  }
}
