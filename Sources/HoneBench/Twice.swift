// Twice.swift: `hone-bench twice`: tunes a workload twice from scratch, pairs the two winners, and has every claimed speed-up confirmed.

internal import FoundationEssentials
internal import Glibc
internal import Hone
internal import HoneCore
internal import HoneDatabase
internal import HoneMeasure
internal import HoneOperations
internal import HoneWorkloads

/// Two tunings with different seeds into two databases. Afterwards, for each problem, the two winners and the default meet in a paired
/// run on fresh operands: the winners must be a tie or differ by less than 3 %, and a speed-up that a tuning claimed must be shown again.
struct Twice {
  static let usage =
    "[WORKLOAD] [--budget SECONDS] [--pair SECONDS] [--seed N] [--format text|json]"

  /// Winners that differ by less are as good as each other.
  static let tolerance = 0.03

  struct Arguments {
    var workload = "quick"
    var budget = 100.0
    /// Seconds for each paired run.
    var pair = 4.0
    var seed: UInt64 = 1
    var isJSON = false
  }

  private let options: Arguments
  private let context: HostContext
  private let folder: String

  static func run(_ arguments: [String]) throws {
    let options = try parse(arguments)
    let twice = Twice(
      options: options, context: try HostContext.current(),
      folder: "\(FileManager.default.temporaryDirectory.path)/hone-twice-\(getpid())")
    defer { try? FileManager.default.removeItem(atPath: twice.folder) }
    let report = TwiceReport(rows: try twice.run())
    Swift.print(try options.isJSON ? report.json : report.text)
    if !report.isConfirmed { exit(1) }
  }

  private func run() throws -> [TwiceReport.Row] {
    let workload = try Workload.load(options.workload)
    for number in [0, 1] { try tune(workload, number) }
    let winners = try [0, 1].map { number in
      try Database(path: path(number))[context.hardwareClass.id]?.best ?? []
    }
    let entries = try workload.normalised(by: Operations.all).entries
    return try entries.compactMap { entry in
      let rows = winners.map { rows in
        rows.first { $0.problem == entry.problem && $0.policy == entry.policy }
      }
      guard let first = rows[0], let second = rows[1] else { return nil }
      return try pair(entry, first, second)
    }
  }

  private func path(_ number: Int) -> String { "\(folder)/\(number + 1)" }

  private func tune(_ workload: Workload, _ number: Int) throws {
    note(
      "tuning '\(workload.name)' for the \(["first", "second"][number]) time, \(Int(options.budget)) s"
    )
    let session = try TuningSession(
      options: TuningOptions(
        workload: workload, budgetSeconds: options.budget,
        seed: options.seed &+ UInt64(number) &* 1000, cores: [context.facts.cores],
        database: path(number)), context: context)
    _ = try session.run()
  }

  private func pair(
    _ entry: WorkloadEntry, _ first: BestRow, _ second: BestRow
  ) throws -> TwiceReport.Row {
    let title = Operations.named(entry.problem.operation)?.title(of: entry.problem) ?? ""
    note("pairing \(entry.problem.operation) \(title)")
    var duel = DuelOptions()
    duel.seconds = options.pair
    let isSame = first.configuration == second.configuration
    let contestants = isSame ? [first.configuration] : [first.configuration, second.configuration]
    let result = try Rematch.run(
      entry, cores: context.facts.cores, configurations: contestants, context: context,
      options: duel, blocks: 4, seed: options.seed ^ 0x7E57)
    let claims = [first, second].enumerated().map { number, row in
      TwiceReport.Claim(
        configuration: row.configuration.key, claimed: row.record.againstDefault?.speedup,
        again: result.comparison(
          of: isSame ? 1 : number + 1, against: 0, role: "default",
          configuration: row.configuration))
    }
    return TwiceReport.Row(
      operation: entry.problem.operation, problem: title, policy: entry.policy.name,
      noiseFloor: result.noiseFloor, claims: claims,
      between: isSame
        ? nil
        : result.comparison(
          of: 2, against: 1, role: "first", configuration: first.configuration),
      isReportedTie: first.record.tied?.contains(second.configuration) == true
        || second.record.tied?.contains(first.configuration) == true)
  }

  private func note(_ text: String) {
    let bytes = Array("hone-bench: \(text)\n".utf8)
    _ = write(2, bytes, bytes.count)
  }

  private static func parse(_ arguments: [String]) throws -> Arguments {
    var options = Arguments()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        options.workload = argument
        continue
      }
      let value = rest.popFirst() ?? ""
      switch argument {
      case "--budget": options.budget = max(1, Double(value) ?? 100)
      case "--pair": options.pair = max(0.5, Double(value) ?? 4)
      case "--seed": options.seed = UInt64(value) ?? 1
      case "--format": options.isJSON = value == "json"
      default: throw HoneError(.usage, "'\(argument)' is not understood", advice: "Usage: \(usage)")
      }
    }
    return options
  }
}
