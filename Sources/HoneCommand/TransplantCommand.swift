// TransplantCommand.swift: `hone transplant`: measures another host's configurations on this one.

internal import ArgumentParser
internal import Hone
internal import HoneCore
internal import HoneDatabase
internal import HoneOperations
internal import HoneReport
internal import HoneWorkloads

struct TransplantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transplant",
    abstract:
      "Measures here what was tuned on another host, and what it loses against the own results.",
    discussion: """
      Each configuration that another host serves meets the untuned default and what is served here in a paired final, \
      for all cores of this machine. What is measured is recorded, so `hone report --section transfer` then shows it as \
      measured; a foreign configuration that wins is served from then on.

      Examples:
        hone transplant --from amd-epyc                     of a host in the same database
        hone transplant --from spr --source their-db        of a host in another one
        hone transplant --from spr --workload dlrm --budget 5m
      """)

  @Option(
    help:
      "The host whose configurations are tried: a hardware class, a machine, the beginning of either."
  )
  var from: String

  @Option(help: ArgumentHelp("The database that has it (default: --db).", valueName: "folder"))
  var source: String?

  @Option(help: "Folder of this host's tuning database.")
  var db = "tuning-db"

  @Option(help: "Only the problems of a preset or a workload file.")
  var workload: String?

  @Option(help: "Time for all of them: 90, 90s, 10m (default: 2 s each).")
  var budget: TimeSpan?

  @Option(help: "Seed of the operands and of the order of measurements.")
  var seed: UInt64 = 1

  @Flag(help: "No progress on standard error.")
  var quiet = false

  @OptionGroup var options: ReportOptions

  func run() throws {
    let theirs = try foreignHost()
    let context = try HostContext.current()
    let wanted = try workload.map(ReportCommand.wanted)
    let transplants = Self.transplants(theirs, wanted, cores: context.facts.cores)
    guard !transplants.isEmpty else {
      throw HoneError(
        .notComparable, "\(theirs.name) serves none of these problems",
        advice: "Leave --workload out, or tune that workload there.")
    }
    Interruption.watch()
    let session = try TransplantSession(
      database: db, context: context, seed: seed, interrupted: { Interruption.isRequested })
    let isShown = !quiet && Terminal.showsProgress
    let outcomes = try session.run(
      transplants, seconds: budget?.seconds ?? 2 * Double(transplants.count)
    ) { index, transplant in
      if isShown {
        Terminal.drawError("[\(index + 1)/\(transplants.count)] \(transplant.problem.title)")
      }
    }
    if isShown { Terminal.drawError("") }
    options.emit(TransplantReport.report(outcomes, from: theirs.name))
    if Interruption.isRequested { throw ExitStatus.interrupted }
  }

  private func foreignHost() throws -> FleetHost {
    let (name, path) = NamedDatabase.split(source ?? db)
    let database = try Database(path: path)
    for finding in database.findings { Terminal.printError("hone: \(finding)") }
    let hosts = try HostSelection([NamedDatabase(name: name, database: database)]).hosts([from])
    guard hosts.count == 1 else {
      throw HoneError(
        .usage, "'\(from)' names \(hosts.count) hosts",
        advice: "Name one: \(hosts.map(\.name).joined(separator: ", ")).")
    }
    return hosts[0]
  }

  /// Of each problem what the host serves for most cores.
  private static func transplants(
    _ host: FleetHost, _ wanted: [WantedProblem]?, cores: Int
  ) -> [Transplant] {
    var chosen: [Transplant] = []
    for record in host.subject.served.sorted(by: { $0.cores > $1.cores }) {
      let isWanted = wanted.map { list in
        list.contains { $0.problem == record.problem && $0.policy == record.policy }
      }
      let isKnown = chosen.contains {
        $0.problem == record.problem && $0.policy == record.policy
      }
      guard isWanted ?? true, !isKnown else { continue }
      chosen.append(
        Transplant(
          problem: record.problem, policy: record.policy, cores: cores,
          configuration: record.configuration))
    }
    return chosen
  }
}

/// The outcomes as a table.
enum TransplantReport {
  static func report(_ outcomes: [TransplantOutcome], from host: String) -> Report {
    let columns: [ReportTable.Column] = [
      .init("problem", "problem"), .init("cores", "cores", .right),
      .init("policy", "operands", spare: 2),
      .init("seconds", "time", .right), .init("ratio", "vs own"), .init("ratio_low", nil),
      .init("ratio_high", nil), .init("verdict", nil),
      .init("configuration", "configuration", spare: 1),
      .init("note", ""),
    ]
    let table = ReportTable("transplant", columns: columns, rows: outcomes.map(cells))
    let legend =
      "vs own: time of what is served here (of the untuned default where nothing is) over time of the foreign configuration; "
      + "+ faster, ~ no difference shown, − slower, from paired, interleaved rounds."
    return Report(
      schema: "hone.report/1",
      bodies: [
        ReportBody(
          "transplant", title: "Tuned on \(host), measured here",
          [.table(table), .paragraph(legend)])
      ])
  }

  private static func cells(_ outcome: TransplantOutcome) -> [Cell] {
    let transplant = outcome.transplant
    let lead = [
      Cell(transplant.problem.title), Cell(transplant.cores), Cell(transplant.policy.name),
      Cell.seconds(outcome.seconds),
    ]
    let tail = [Cell(outcome.configuration.key), Cell(outcome.note)]
    guard let versus = outcome.againstOwn, outcome.note.isEmpty else {
      return lead + [Cell("–", .none), .number(nil), .number(nil), Cell("–", .none)] + tail
    }
    let tones: [Comparison.Verdict: (mark: String, tone: Tone)] = [
      .faster: ("+", .better), .slower: ("−", .worse), .tie: ("~", .plain),
    ]
    let (mark, tone) = tones[versus.verdict] ?? ("~", .plain)
    let range =
      "[\(Scaled.decimals(versus.interval.low, 2)), \(Scaled.decimals(versus.interval.high, 2))]"
    return lead + [
      Cell("\(mark) \(Scaled.ratio(versus.speedup)) \(range)", .number(versus.speedup), tone: tone),
      .number(versus.interval.low), .number(versus.interval.high), Cell(versus.verdict.rawValue),
    ] + tail
  }
}
