// DoctorDrift.swift: `hone doctor --drift`: which rows of the database no longer hold on this machine.

internal import ArgumentParser
internal import Hone
internal import HoneDatabase
internal import HoneReport

struct DriftOptions: ParsableArguments {
  @Flag(help: "Time again what the database serves here, and say which rows no longer hold.")
  var drift = false

  @Option(
    help: ArgumentHelp("With --drift: how many rows, those with the longest times.", valueName: "n")
  )
  var rows = 8

  @Option(help: ArgumentHelp("With --drift: seconds of measuring in all.", valueName: "s"))
  var budget = 30.0

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard (1...1000).contains(rows), (0.5...86400).contains(budget) else {
      throw ValidationError("--rows takes 1 to 1000, --budget 0.5 to 86400 seconds.")
    }
  }

  /// Throws exit code 1 where a row should no longer be served.
  func run(_ output: OutputOptions) throws {
    let database = try Database(path: try database.path())
    Interruption.watch()
    let check = DriftCheck(
      context: try HostContext.current(), seconds: budget, interrupted: { Interruption.isRequested }
    )
    let results = try check.run(database, count: rows)
    try output.emit(results) { Self.text(results) }
    if Interruption.isRequested { throw ExitStatus.interrupted }
    if results.contains(where: { $0.verdict == .lost || $0.verdict == .unusable }) {
      throw ExitStatus.no
    }
  }

  static func text(_ rows: [DriftRow]) -> String {
    let titles = ["problem", "cores", "policy", "then", "now", "gain then", "gain now", "verdict"]
    var table = TextTable((titles + ["why"]).map { .init($0) })
    for row in rows {
      table.add([
        row.problem.title, "\(row.cores)", row.policy, Scaled.seconds(row.then),
        row.now.map { Scaled.seconds($0) } ?? "", row.speedupThen.map { Scaled.ratio($0) } ?? "",
        row.speedupNow.map { Scaled.ratio($0) } ?? "", row.verdict.rawValue,
        row.reasons.joined(separator: "; "),
      ])
    }
    let bad = rows.count { $0.verdict != .holds }
    let summary =
      bad == 0
      ? "All hold."
      : "\(bad) of \(rows.count) do not hold: tune them again with `hone tune --again`."
    return table.rendered() + "\n\n" + summary
  }
}
