// SimulateCommand.swift: `hone simulate`: replays strategies on recorded spaces and scores them.

internal import ArgumentParser
internal import HoneCore
internal import HoneReport
internal import HoneSearch

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Replays search strategies on recorded spaces, without running any kernel.",
    discussion: """
      A recorded space is a CSV file: one column a parameter, then value,value_std,status,compile_ms,bench_ms.
      status is ok or names a failure, which costs an evaluation; the rows are all that is valid. Cache files of Kernel Tuner and T4 result files
      are read as well, whichever the content shows; a file with several problems is several spaces.

      The score P is the share of the way from random search (0) to the optimum at once (1), averaged over the
      evaluations; beside it, optimum / best after 25, 50, 100 and 200 evaluations. Each repeat starts from nothing, with the seed 1, 2, 3 …

      With --noise each answer is the recorded value times 1 + N(0, value_std / value), 1 % where none was recorded. The
      strategy sees that answer; what is scored is the true value of the configuration whose answer was the best.

      Examples:
        hone simulate --space convolution.csv --strategy auto,random --repeats 200
        hone simulate --space a.csv --space b.csv --strategy auto --noise --format json
      """)

  @Option(name: .long, help: "A recorded space; give the option again for more.")
  var space: [String] = []

  @Option(
    help:
      "Strategies, separated by commas: \(Strategies.all.map { $0.name }.joined(separator: ", ")).")
  var strategy: String = Strategies.fallback

  @Option(help: "Evaluations of one run.")
  var evaluations: Int = 200

  @Option(help: "Runs, with the seeds 1, 2, 3 …")
  var repeats: Int = 200

  @Option(
    name: .customLong("option"),
    help: "An option of the strategy, NAME=VALUE; give it again for more.")
  var options: [String] = []

  @Flag(help: "Disturb each answer by its recorded deviation (1 % where none was recorded).")
  var noise = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !space.isEmpty else { throw ValidationError("Give at least one --space FILE.csv.") }
    guard (1...1_000_000).contains(evaluations), (1...1_000_000).contains(repeats) else {
      throw ValidationError("--evaluations and --repeats are 1 … 1000000.")
    }
  }

  func run() throws {
    let settings = try simulationOptions()
    let names = strategy.split(separator: ",").map(String.init)
    for name in names { _ = try Strategies.type(named: name) }
    let spaces = try space.flatMap(SimulatedSpaces.load)
    var results: [SimulationScore] = []
    for space in spaces {
      for name in names {
        results.append(try Simulation.run(strategy: name, on: space, settings))
      }
    }
    try output.emit(["results": results]) { Self.table(results).rendered() }
  }

  private func simulationOptions() throws(HoneError) -> SimulationOptions {
    var settings = SimulationOptions()
    settings.evaluations = evaluations
    settings.repeats = repeats
    settings.isNoisy = noise
    for option in options {
      let parts = option.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Double(parts[1]) else {
        throw HoneError(
          .usage, "'\(option)' is no option of a strategy", advice: "Give --option NAME=NUMBER.")
      }
      settings.options[String(parts[0])] = value
    }
    return settings
  }

  private static let places = ["25", "50", "100", "200"]

  private static func table(_ results: [SimulationScore]) -> TextTable {
    let numbers = ["P", "±"] + places.map { "@" + $0 } + ["within 5 %"]
    var table = TextTable(
      [.init("space"), .init("strategy")] + numbers.map { .init($0, .right) })
    for result in results {
      let last = places.last { result.within5[$0] != nil }
      let cells = [result.p200, result.p200StandardError] + places.map { result.at[$0] ?? .nan }
      table.add(
        [result.space, result.strategy]
          + (cells + [last.flatMap { result.within5[$0] } ?? .nan]).map(fixed))
    }
    return table
  }

  /// Three digits; nothing where there is no number.
  private static func fixed(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    let thousandths = Int((abs(value) * 1000).rounded())
    let digits = String(thousandths % 1000)
    let padded = String(repeating: "0", count: 3 - digits.count) + digits
    return (value < 0 && thousandths > 0 ? "-" : "") + "\(thousandths / 1000)." + padded
  }
}
