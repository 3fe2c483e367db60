// SearchBenchmark.swift: `hone-bench search`: what strategies cost on a space of a million configurations, and how good they are.

internal import FoundationEssentials
internal import Glibc
internal import HoneCore
internal import HoneSearch

/// Prints a Markdown page: times to build large spaces, the cost of a proposal of each strategy, and scores on recorded spaces.
enum SearchBenchmark {
  static let usage = "[--budget N] [--repeats N] [--strategy NAME[,NAME…]] [SPACE.csv…]"

  struct Options {
    var budget = 200
    var repeats = 200
    var strategies = Strategies.all.map { $0.name }
    var spaces: [RecordedSpace] = []
  }

  static func run(_ arguments: [String]) throws {
    let options = try parse(arguments)
    try SearchCostReport.spaces()
    try SearchCostReport.proposals(options)
    if !options.spaces.isEmpty { try SearchQualityReport.run(options) }
  }

  private static func parse(_ arguments: [String]) throws -> Options {
    var options = Options()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        options.spaces.append(try load(argument))
        continue
      }
      let text = rest.popFirst() ?? ""
      let number = Int(text).flatMap { $0 > 0 ? $0 : nil }
      switch (argument, number) {
      case ("--budget", let number?): options.budget = number
      case ("--repeats", let number?): options.repeats = number
      case ("--strategy", _):
        options.strategies = text.split(separator: ",").map(String.init)
        for name in options.strategies { _ = try Strategies.type(named: name) }
      default:
        throw HoneError(
          .usage, "'\(argument) \(text)' is no option", advice: "usage: search \(usage)")
      }
    }
    return options
  }

  private static func load(_ path: String) throws -> RecordedSpace {
    let url = URL(fileURLWithPath: path)
    return try RecordedSpace(
      name: url.deletingPathExtension().lastPathComponent,
      csv: String(decoding: try Data(contentsOf: url), as: UTF8.self))
  }

  /// A line of a Markdown table.
  static func row(_ cells: [String]) { print("| " + cells.joined(separator: " | ") + " |") }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "" }
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let units = Int((abs(value) * Double(scale)).rounded())
    let rest = String(units % scale)
    let padded = String(repeating: "0", count: digits - rest.count) + rest
    return (value < 0 && units > 0 ? "−" : "") + "\(units / scale).\(padded)"
  }

  /// Time that this thread was running: what else runs on the host does not count.
  static func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = threadTime()
    try work()
    return threadTime() - start
  }

  private static func threadTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
