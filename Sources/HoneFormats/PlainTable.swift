// PlainTable.swift: everything a table holds as one CSV, for spreadsheets and data frames.

internal import HoneCore

/// **Form:** `kernel,device,problem.<field>…,parameter.<name>…,outcome,seconds,samples,compile_seconds,benchmark_seconds,time,reason`; samples
/// are separated by blanks; an empty cell is an absent value. Columns may stand in any order; `kernel`, `outcome` and `seconds` are needed.
public enum PlainTable: ForeignReader, ForeignWriter {
  public static let name = "csv"
  public static let summary = "plain CSV: every row with its problem, parameters, times and outcome"
  public static let fileExtension = "csv"

  public static func recognises(_ source: ForeignSource) -> Bool {
    let first = source.head.prefix { !$0.isNewline }.split(separator: ",")
    return first.contains("kernel") && first.contains("outcome") && first.contains("seconds")
  }

  private static let problemPrefix = "problem."
  private static let parameterPrefix = "parameter."
  private static let measured = "measured"
  private static let chosen = "chosen"
}

// MARK: - Reading

extension PlainTable {
  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    let (header, rows) = try CSVText.table(source)
    for needed in ["kernel", "outcome", "seconds"] where !header.contains(needed) {
      throw source.error("there is no column '\(needed)'", line: 1)
    }
    var table = ForeignTable(tool: name)
    table.rows = try rows.map { try row($0, header, source) }
    let devices = Set(table.rows.compactMap(\.device))
    if devices.count == 1, let device = devices.first { table.device = device }
    let known: Set<String> = [
      "kernel", "device", "outcome", "seconds", "samples", "compile_seconds", "benchmark_seconds",
      "time", "reason",
    ]
    let strangers = header.filter {
      !known.contains($0) && !$0.hasPrefix(problemPrefix) && !$0.hasPrefix(parameterPrefix)
    }
    if !strangers.isEmpty {
      table.notExpressed.append("columns of other names: \(strangers.joined(separator: ", "))")
    }
    return table.withParameters()
  }

  private static func row(_ row: CSVText.Row, _ header: [String], _ source: ForeignSource) throws
    -> ForeignRow
  {
    let cells = Array(zip(header, row.cells)).filter { !$0.1.isEmpty }
    let values = Dictionary(cells) { first, _ in first }
    let named = { (prefix: String) in
      cells.filter { $0.0.hasPrefix(prefix) }.map {
        ForeignField(String($0.0.dropFirst(prefix.count)), JSONValue(cell: $0.1))
      }
    }
    let parameters = named(parameterPrefix).map { ($0.name, $0.value) }
    var result = ForeignRow(
      problem: ForeignProblem(kernel: values["kernel"] ?? "", fields: named(problemPrefix)),
      configuration: Dictionary(parameters) { first, _ in first }, outcome: .measured,
      time: values["time"])
    let outcome = values["outcome"] ?? measured
    if let failure = ForeignFailure(rawValue: outcome) {
      result.outcome = .failed(failure, reason: values["reason"] ?? outcome)
    } else if outcome == chosen {
      result.outcome = .chosen
    } else if outcome != measured {
      throw source.error("there is no outcome '\(outcome)'", line: row.line)
    }
    result.device = values["device"]
    try readTimes(values, &result, source, row.line)
    return result
  }

  private static func readTimes(
    _ values: [String: String], _ row: inout ForeignRow, _ source: ForeignSource, _ line: Int
  ) throws {
    let number = { (name: String) throws -> Double? in
      guard let text = values[name] else { return nil }
      guard let value = Double(text), value.isFinite, value >= 0 else {
        throw source.error("'\(text)' is no number of seconds", line: line)
      }
      return value
    }
    row.compileSeconds = try number("compile_seconds")
    row.benchmarkSeconds = try number("benchmark_seconds")
    let seconds = try number("seconds")
    guard row.outcome == .measured else { return }
    guard let seconds, seconds > 0 else {
      throw source.error("a measured row needs its seconds", line: line)
    }
    row.seconds = seconds
    row.samples = (values["samples"] ?? "").split(separator: " ").compactMap { Double($0) }
  }
}

// MARK: - Writing

extension PlainTable {
  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    let whole = table.withParameters()
    let fields = ForeignTable.distinct(
      whole.rows.flatMap { $0.problem.fields.map { JSONValue.string($0.name) } }
    ).map(\.plain)
    let names = whole.parameters.map(\.name)
    let header =
      ["kernel", "device"] + fields.map { problemPrefix + $0 } + names.map { parameterPrefix + $0 }
      + [
        "outcome", "seconds", "samples", "compile_seconds", "benchmark_seconds", "time", "reason",
      ]
    let lines = whole.rows.map { row in
      [row.problem.kernel, row.device ?? table.device] + fields.map { row.problem[$0]?.plain ?? "" }
        + names.map { row.configuration[$0]?.plain ?? "" } + outcome(row)
    }
    let text = ([header] + lines).map(CSVText.line).joined()
    return [ForeignDocument(name: "results.csv", text: text, notExpressed: table.notExpressed)]
  }

  private static func outcome(_ row: ForeignRow) -> [String] {
    var word = row.outcome == .chosen ? chosen : measured
    var reason = ""
    if case .failed(let failure, let why) = row.outcome { (word, reason) = (failure.rawValue, why) }
    let numbers = [row.compileSeconds, row.benchmarkSeconds].map { $0.map { "\($0)" } ?? "" }
    return [word, row.seconds.map { "\($0)" } ?? ""]
      + [row.samples.map { "\($0)" }.joined(separator: " ")] + numbers + [row.time ?? "", reason]
  }
}
