// DbDiff.swift: `hone db diff`: what two databases serve differently.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

struct DbDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Lists the rows for which two databases serve something else, with the verdict.",
    discussion: """
      Examples:
        hone db diff old-db tuning-db
        hone db diff old-db tuning-db --format json

      Times are of different sessions, so drift of the machine is in them; `hone compare` and
      `hone doctor --drift` measure. Exit code 1 where the databases differ, as diff has it.
      """)

  @Argument(help: "The earlier database.", completion: .directory)
  var before: String

  @Argument(help: "The later one.", completion: .directory)
  var after: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let differences = try Database(path: before).difference(to: try Database(path: after))
    try output.emit(differences) { Self.text(differences) }
    if !differences.isEmpty { throw ExitStatus.no }
  }

  static func text(_ differences: [RowDifference]) -> String {
    var table = TextTable(
      ["problem", "cores", "policy", "verdict", "speed-up", "before", "after"].map { .init($0) })
    for row in differences {
      table.add([
        row.problem.title, "\(row.cores)", row.policy, row.verdict.rawValue,
        row.speedup.map { Scaled.ratio($0) } ?? "", row.before?.key ?? "", row.after?.key ?? "",
      ])
    }
    return differences.isEmpty ? "they serve the same" : table.rendered()
  }
}
