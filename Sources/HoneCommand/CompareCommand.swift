// CompareCommand.swift: `hone compare`: did anything get slower? An exit code that a gate can use.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract:
      "Compares two databases, sessions, days or library versions, and fails on a regression.",
    discussion: """
      A problem is called slower or faster only where that is shown beyond the drift of the host and above the noise \
      floor of both sides. Drift is taken out by what did not change and was measured in the same rounds (the untuned \
      default, another library): one session a side cannot tell a slower host from drift, so that is reported apart.

      Examples:
        hone compare old-db new-db                              two databases
        hone compare --db DB --old 2026-01-30 --new 2026-01-31  two days of one database
        hone compare --db DB --old 4f2a --new 9c11              two sessions, by the beginning of their names
        hone compare --db DB --old openblas=0.3.21 --new openblas=0.3.26
        hone compare old-db new-db --fail-above 3 --format markdown

      Exit codes: 0 nothing is slower, 1 something is slower by more than --fail-above, 2 the data cannot be used,
      3 not comparable or too few samples.
      """)

  @Argument(help: "The databases: the old one and the new one.")
  var databases: [String] = []

  @Option(help: ArgumentHelp("One database for both sides.", valueName: "folder"))
  var db: String?

  @Option(
    help: ArgumentHelp(
      "Of the old side only these: a date, a session, LIBRARY=VERSION.", valueName: "which"))
  var old = ""

  @Option(help: ArgumentHelp("Of the new side only these.", valueName: "which"))
  var new = ""

  @Option(
    help: ArgumentHelp(
      "Fail only where something takes this many percent longer (3, 3%).", valueName: "percent"))
  var failAbove = Percent(share: 0)

  @Flag(help: "Judge the times themselves, drift included; needs several sessions a side.")
  var absolute = false

  @OptionGroup var options: ReportOptions

  func validate() throws {
    switch (databases.count, db) {
    case (2, nil): break
    case (0, .some) where !old.isEmpty && !new.isEmpty: break
    case (0, .some):
      throw ValidationError("--db compares parts of one database: give --old and --new.")
    default: throw ValidationError("Give two databases, or --db with --old and --new.")
    }
  }

  func run() throws {
    let (before, after) = (db ?? databases[0], db ?? databases[1])
    let comparison = HistoryComparison(
      old: try side(before, old), new: try side(after, new), absolute: absolute)
    let report = comparison.report(old: name(before, old), new: name(after, new))
    if !report.bodies.isEmpty { options.emit(report) }
    switch comparison.answer(failAbove: failAbove.share) {
    case .nothingSlower: break
    case .notComparable(let error): throw error
    case .slower(let changes):
      Terminal.printError(
        "hone: \(changes.count) slower by more than \(Scaled.percent(failAbove.share))")
      throw ExitStatus.no
    }
  }

  private func name(_ path: String, _ selector: String) -> String {
    selector.isEmpty ? NamedDatabase.split(path).name : selector
  }

  private func side(_ argument: String, _ selector: String) throws -> [HistorySide] {
    let path = NamedDatabase.split(argument).path
    let database = try Database(path: path)
    for finding in database.findings { Terminal.printError("hone: \(finding)") }
    let sides = HistorySide.all(of: database, HistorySelector(selector))
    guard !sides.isEmpty else {
      let which = selector.isEmpty ? "" : " of '\(selector)'"
      throw HoneError(
        .unusableData, "\(path) has no result\(which) that was tuned to the end",
        advice: selector.isEmpty
          ? "Run `hone tune --db \(path)`."
          : "Give a date, a session or LIBRARY=VERSION; sessions: \(Self.sessions(database)).")
    }
    return sides
  }

  private static func sessions(_ database: Database) -> String {
    let records = database.classes.flatMap(\.records).map(\.record.provenance)
    let newest = Dictionary(records.map { ($0.session, $0.time) }) { max($0, $1) }
    let shown = newest.sorted { $0.value > $1.value }.prefix(5)
    return shown.isEmpty
      ? "none" : shown.map { "\($0.key) (\($0.value.prefix(10)))" }.joined(separator: ", ")
  }
}

/// "3", "3%", "2.5 %".
struct Percent: ExpressibleByArgument {
  var share: Double

  init(share: Double) { self.share = share }

  init?(argument: String) {
    let digits = argument.filter { $0 != "%" && !$0.isWhitespace }
    guard let value = Double(digits), value >= 0, value.isFinite else { return nil }
    share = value / 100
  }

  var defaultValueDescription: String { "0" }
}
