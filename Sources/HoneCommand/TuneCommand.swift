// TuneCommand.swift: `hone tune`: tunes a workload on this host and writes the database.

internal import ArgumentParser
internal import Hone
internal import HoneBackends
internal import HoneCore
internal import HoneHost
internal import HoneOperations
internal import HoneWorkloads

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Tune a workload on this machine and keep the results in a database.",
    discussion: """
      Every candidate is proven against a Double oracle before its time counts. Candidates race in interleaved \
      rounds; the best meet the untuned default in a paired final. What is measured is on disk before the next \
      thing is measured: stop it at any time (Ctrl-C, even kill -9), run it again, and it continues.

      Every problem gets a first look (its default, what the machine's caches suggest, what won for near shapes); the \
      rest of the budget goes where calls × time × expected gain is, until it is used up or nothing more is expected.

      Examples:
        hone tune                             the preset "quick" into ./tuning-db
        hone tune llama3-8b --budget 30m      a preset, half an hour
        hone tune my-shapes.json --cores 1,8  a workload of your own, for 1 and for 8 cores
        hone tune quick --again --seed 7      measure anew what the database has already
        hone tune quick --backend blis=/usr/lib/libblis.so.4   let another BLAS compete
        hone tune quick --same-bits           only what computes the same bits with 1, 2 … threads
        hone tune llama3-8b --max-error 1e-2  weights in bf16, int8 or int4 where the error allows it
        hone tune quick --explain             show which parameters moved time on this machine
        hone tune quick --policy cold+memory-50   with a neighbour that takes half of the memory bandwidth
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

  @Option(
    help: ArgumentHelp(
      "Measure every problem under these conditions instead of the workload's own: \(MeasurementPolicy.grammar).",
      valueName: "policy"),
    transform: { try MeasurementPolicy(name: $0) })
  var policy: MeasurementPolicy?

  @Option(
    help: ArgumentHelp(
      "What is best: \(Objectives.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).",
      valueName: "objective"),
    transform: { try Objectives.required($0) })
  var objective: any Objective.Type = TimeObjective.self

  @Option(
    name: .customLong("backend"),
    help: ArgumentHelp(
      "A BLAS library that competes in GEMM beside Hone and OpenBLAS; may be repeated.",
      valueName: "name=path"))
  var backends: [String] = []

  @Flag(
    name: .customLong("same-bits"),
    help:
      "Only configurations that compute the same bits with every number of threads; a condition of its own (+same-bits)."
  )
  var sameBits = false

  @Option(
    name: .customLong("max-error"),
    help: ArgumentHelp(
      "GEMM with constant weights and embedding-bag may use any precision whose error, relative to the Double oracle on the problem's own values, stays below (1e-2, 5e-4 …); part of the problem.",
      valueName: "error"))
  var maxError: String?

  @Flag(help: "Tune again what the database has already; the new results compete with the old.")
  var again = false

  @Flag(help: "Show what moved time in each problem, who tried what, and why the winner won.")
  var explain = false

  @Option(
    name: .customLong("record-space"),
    help:
      "Folder for what was measured as recorded spaces (CSV) that `hone simulate` reads; with --strategy exhaustive: whole spaces."
  )
  var recordSpace: String?

  @Flag(help: "No progress on standard error.")
  var quiet = false

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    let start = ContinuousClock.now
    let workload = conditioned(try allowingErrors(try Workload.load(workload)))
    ForeignBLASBackend.add(backends)
    let context = try HostContext.current()
    try refuseUnopened(context)
    let counts = try cores.counts(available: context.facts.cores)
    let jobs = Double(workload.entries.count * counts.count)
    let budget = budget?.seconds ?? (workload.name == "quick" ? 100 : 15 * jobs)
    // Looking at the machine is part of what people wait for.
    let spent = (ContinuousClock.now - start) / .seconds(1)
    let options = TuningOptions(
      workload: workload, budgetSeconds: max(0.5, budget - spent), strategy: strategy, seed: seed,
      cores: counts, database: db, again: again, recordSpace: recordSpace)
    let line = ProgressLine(isQuiet: quiet)
    Interruption.watch()
    let session = try TuningSession(
      options: options, context: context, interrupted: { Interruption.isRequested },
      progress: { line.show($0) })
    for finding in session.findings { Terminal.printError("hone: \(finding)") }
    announce(context, workload, options, line)
    let summaries = try session.run()
    line.clear()
    let result = TuneResult(
      summaries, session.account, objective,
      explanations: explain ? session.explanations : nil,
      recordedSpaces: recordSpace == nil ? nil : session.recordedSpaces)
    try output.emit(result) { result.text }
    if Interruption.isRequested {
      Terminal.printError(
        "hone: interrupted; everything measured is kept, the same command continues")
      throw ExitStatus.interrupted
    }
    if output.format == .text {
      Terminal.print("\nMore: hone report --db \(db)   hone why --db \(db) …")
    }
  }

  /// A library that was asked for and cannot be used is an error, not a line in a list.
  private func refuseUnopened(_ context: HostContext) throws {
    for item in backends {
      guard let reason = context.backends.refused[item] ?? context.backends.refused["=" + item]
      else { continue }
      throw HoneError(
        .usage, "--backend \(item): \(reason)",
        advice: "Give NAME=PATH of a shared library with cblas_sgemm or sgemm_.")
    }
  }

  /// With the error that was asked for, in each problem that can make use of it.
  private func allowingErrors(_ workload: Workload) throws -> Workload {
    guard let maxError else { return workload }
    var workload = workload
    for index in workload.entries.indices
    where Coarser.isKnown(for: workload.entries[index].problem) {
      var problem = workload.entries[index].problem
      problem.attributes["max-error"] = maxError
      guard let operation = Operations.named(problem.operation) else { continue }
      workload.entries[index].problem = try operation.normalised(problem)
    }
    return workload
  }

  /// Under the conditions that were asked for.
  private func conditioned(_ workload: Workload) -> Workload {
    var workload = workload
    for index in workload.entries.indices {
      if let policy { workload.entries[index].policy = policy }
      if objective.quantity != .time {
        workload.entries[index].policy.quantity = objective.quantity
      }
      if sameBits { workload.entries[index].policy.isSameBits = true }
    }
    return workload
  }

  private func announce(
    _ context: HostContext, _ workload: Workload, _ options: TuningOptions, _ line: ProgressLine
  ) {
    let cores = options.cores.map(String.init).joined(separator: ", ")
    line.note(
      "\(context.hardwareClass.id): tuning '\(workload.name)', \(workload.entries.count) problems for \(cores) cores, \(Int(options.budgetSeconds.rounded())) s, into \(options.database)"
    )
    if let quietness = context.quietness, quietness.grade == .bad {
      line.note("this machine is not quiet (`hone doctor`): \(quietness.digest)")
    }
    for (name, complaint) in context.backends.complaints(host: context.facts) {
      line.note("\(name): \(complaint)")
    }
    for (path, refusal) in context.backends.refused.sorted(by: { $0.key < $1.key }) {
      line.note("kernel library \(path) is not used: \(refusal)")
    }
  }
}
