// TuneCommand.swift: `hone tune`: tunes a workload on this host and writes the database.

internal import ArgumentParser
internal import Hone
internal import HoneCore
internal import HoneHost
internal import HoneReport
internal import HoneWorkloads

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Tune a workload on this machine and keep the results in a database.",
    discussion: """
      Every candidate is proven against a Double oracle before its time counts. Candidates race in interleaved \
      rounds; the best meet the untuned default in a paired final. What is measured is on disk before the next \
      thing is measured: stop it at any time (Ctrl-C, even kill -9), run it again, and it continues.

      Examples:
        hone tune                             the preset "quick" into ./tuning-db
        hone tune llama3-8b --budget 30m      a preset, half an hour
        hone tune my-shapes.json --cores 1,8  a workload of your own, for 1 and for 8 cores
        hone tune quick --again --seed 7      measure anew what the database has already
      """)

  @Argument(help: "A preset (`hone workload list`) or a workload file in JSON.")
  var workload = "quick"

  @Option(help: "Folder of the tuning database; made where it is missing.")
  var db = "tuning-db"

  @Option(
    help:
      "Time for the whole workload: 90, 90s, 10m, 2h. Default: 15 s a problem, at most 100 s for quick."
  )
  var budget: TimeSpan?

  @Option(help: "Search strategy (`hone list strategies`).")
  var strategy = "auto"

  @Option(help: "Seed of the search, of the operands and of the order of measurements.")
  var seed: UInt64 = 1

  @Option(help: "Core budgets to tune for: all, a number, or a list such as 1,2,4.")
  var cores: CoreBudgets = .all

  @Flag(help: "Tune again what the database has already; the new results compete with the old.")
  var again = false

  @Flag(help: "No progress on standard error.")
  var quiet = false

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    let workload = try Workload.load(workload)
    let context = try HostContext.current()
    let counts = try cores.counts(available: context.facts.cores)
    let jobs = Double(workload.entries.count * counts.count)
    let options = TuningOptions(
      workload: workload,
      budgetSeconds: budget?.seconds ?? (workload.name == "quick" ? 100 : 15 * jobs),
      strategy: strategy, seed: seed, cores: counts, database: db, again: again)
    let line = ProgressLine(isQuiet: quiet)
    Interruption.watch()
    let session = try TuningSession(
      options: options, context: context, interrupted: { Interruption.isRequested },
      progress: { line.show($0) })
    for finding in session.findings { Terminal.printError("hone: \(finding)") }
    announce(context, workload, options, line)
    let summaries = try session.run()
    line.clear()
    try output.emit(summaries.map(TuneRow.init)) { table(summaries) }
    if Interruption.isRequested {
      Terminal.printError(
        "hone: interrupted; everything measured is kept, the same command continues")
      throw ExitStatus.interrupted
    }
    if output.format == .text {
      Terminal.print("\nMore: hone report --db \(db)   hone why --db \(db) …")
    }
  }

  private func announce(
    _ context: HostContext, _ workload: Workload, _ options: TuningOptions, _ line: ProgressLine
  ) {
    let cores = options.cores.map(String.init).joined(separator: ", ")
    line.note(
      "\(context.hardwareClass.id): tuning '\(workload.name)', \(workload.entries.count) problems for \(cores) cores, about \(Int(options.budgetSeconds)) s, into \(options.database)"
    )
    if let quietness = context.quietness, quietness.grade == .bad {
      line.note("this machine is not quiet (`hone doctor`): \(quietness.digest)")
    }
    for (path, refusal) in context.backends.refused.sorted(by: { $0.key < $1.key }) {
      line.note("kernel library \(path) is not used: \(refusal)")
    }
  }

  private func table(_ summaries: [TuningSummary]) -> String {
    var table = TextTable([
      .init("operation"), .init("problem"), .init("cores", .right), .init("operands"),
      .init("tuned", .right), .init("vs default", .right), .init("interval", .right),
      .init("", .left), .init("configuration"),
    ])
    for summary in summaries { table.add(TuneRow(summary).cells) }
    return table.rendered()
      + """

      + faster than the untuned default; = the default is served, nothing was shown to be faster.
      Intervals are those of paired, interleaved comparisons (\(confidence(summaries)) confidence, adjusted for
      the number of finalists).

      """
  }
}

/// The lowest confidence of the intervals shown: "98 %".
private func confidence(_ summaries: [TuningSummary]) -> String {
  let shown = summaries.compactMap(\.served).filter { !$0.isDefault }.map(\.interval.confidence)
  return Scaled.percent(shown.min() ?? 0.95)
}

/// A summary as a row of the table and as JSON.
private struct TuneRow: Encodable {
  var operation: String
  var problem: String
  var cores: Int
  var policy: String
  var configuration: String?
  var medianSeconds: Double?
  var speedup: Double?
  var interval: Interval?
  var isDefault: Bool
  var noiseFloor: Double?
  var tried: Int
  var unusable: Int
  var spaceSize: Int
  var note: String

  init(_ summary: TuningSummary) {
    operation = summary.operation
    problem = summary.title
    cores = summary.cores
    policy = summary.policy
    configuration = summary.served?.configuration
    medianSeconds = summary.served?.medianSeconds
    speedup = summary.served?.speedup
    isDefault = summary.served?.isDefault ?? false
    interval = summary.served.map(\.interval)
    noiseFloor = summary.served?.noiseFloor
    tried = summary.tried
    unusable = summary.unusable
    spaceSize = summary.spaceSize
    note = summary.note
  }

  /// "+": shown to be faster than the default; "=": the default is served.
  var cells: [String] {
    guard let configuration, let medianSeconds, let speedup, let interval else {
      return [operation, problem, "\(cores)", policy, "–", "–", "–", "", note]
    }
    return [
      operation, problem, "\(cores)", policy, Scaled.seconds(medianSeconds),
      isDefault ? "default" : Scaled.ratio(speedup),
      isDefault ? "" : "\(Scaled.decimals(interval.low, 2)) … \(Scaled.decimals(interval.high, 2))",
      isDefault ? "=" : "+", configuration + (note.isEmpty ? "" : "  (\(note))"),
    ]
  }
}
