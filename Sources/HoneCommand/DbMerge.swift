// DbMerge.swift: `hone db merge`: the union of databases, and where they disagree.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

struct DbMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Adds the records of other databases; the order does not matter, twice is once.",
    discussion: """
      Examples:
        hone db merge /mnt/fleet/*/tuning-db --db tuning-db
        hone db merge other-db --db tuning-db --format json

      Rows for which the databases serve different configurations whose times differ by more than the
      noise floor are listed: measure them again with `hone tune --again`.
      """)

  @Argument(help: "Databases to add.", completion: .directory)
  var from: [String]

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let path = SearchPath.writer(chosen: database.db)
    let report = try Database.merge(from, into: path)
    for finding in report.findings { Terminal.printError("hone: \(finding)") }
    try output.emit(report) { Self.text(report, path) }
  }

  static func text(_ report: MergeReport, _ path: String) -> String {
    var lines = ["\(path): \(report.added) records added, \(report.known) were there"]
    guard !report.contests.isEmpty else { return lines[0] }
    lines.append("\(report.contests.count) contested rows:")
    var table = TextTable(
      ["problem", "cores", "policy", "here", "time", "there", "time", "served"].map { .init($0) })
    for contest in report.contests {
      table.add([
        contest.problem.title, "\(contest.cores)", contest.policy, contest.here.key,
        Scaled.seconds(contest.hereSeconds), contest.there.key,
        Scaled.seconds(contest.thereSeconds), contest.served == contest.here ? "here" : "there",
      ])
    }
    return (lines + [table.rendered()]).joined(separator: "\n")
  }
}
