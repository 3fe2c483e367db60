// DbCompact.swift: `hone db compact` and `hone db gc`: fewer journals, and fewer records where losers were superseded.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

struct DbCompact: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Makes one sorted journal of many of the same host; no record is lost.",
    discussion: """
      Examples:
        hone db compact --db tuning-db
        hone db compact --dry-run --format json

      Journals that another process writes are left alone, and so are those with a damaged line. May run
      beside writers.
      """)

  @Flag(help: "Only say what would change.")
  var dryRun = false

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let reports = try Database.compact(path: try database.path(), isDry: dryRun)
    try output.emit(reports) { RewriteText.text(reports) }
  }
}

struct DbGC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Drops losers and failures of sessions that newer ones superseded.",
    discussion: """
      For each problem, core count and policy the records of the newest sessions that served something
      stay whole; of older ones what was served, and what it was compared with. best.json does not change.

      Examples:
        hone db gc --dry-run
        hone db gc --keep-sessions 3 --db tuning-db
      """)

  @Option(help: ArgumentHelp("Sessions of each row that stay whole.", valueName: "n"))
  var keepSessions = 1

  @Flag(help: "Only say what would be dropped.")
  var dryRun = false

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard keepSessions >= 1 else { throw ValidationError("--keep-sessions takes 1 or more.") }
  }

  func run() throws {
    let reports = try Database.collectGarbage(
      path: try database.path(), keeping: keepSessions, isDry: dryRun)
    try output.emit(reports) { RewriteText.text(reports) }
  }
}

private enum RewriteText {
  static func text(_ reports: [JournalRewrite]) -> String {
    let numbers = ["journals", "skipped", "records", "after", "size", "after"]
    var table = TextTable(
      [.init("hardware class"), .init("host")] + numbers.map { .init($0, .right) })
    for report in reports {
      let counts = [
        report.journals, report.skipped.count, report.recordsBefore, report.recordsAfter,
      ]
      table.add(
        [report.hardwareClass, report.host] + counts.map(String.init)
          + [Scaled.bytes(report.bytesBefore), Scaled.bytes(report.bytesAfter)])
    }
    return reports.isEmpty ? "there are no journals" : table.rendered()
  }
}
