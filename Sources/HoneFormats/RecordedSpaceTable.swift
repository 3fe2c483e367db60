// RecordedSpaceTable.swift: a completely measured space as CSV, which `hone simulate` replays.

internal import HoneCore

/// **Form:** one column a parameter, then `value,value_std,status,compile_ms,bench_ms`. `value` is minimised; `status` is ok or names a failure.
/// Neither the kernel nor the problem nor the unit of `value` is in the file.
public enum RecordedSpaceTable: ForeignReader, ForeignWriter {
  public static let name = "space"
  public static let summary =
    "recorded space (CSV): all configurations of one problem, for hone simulate"
  public static let fileExtension = "csv"

  static let columns = ["value", "value_std", "status", "compile_ms", "bench_ms"]

  public static func recognises(_ source: ForeignSource) -> Bool {
    let first = source.head.prefix { !$0.isNewline }.split(separator: ",").map(String.init)
    return first.count > columns.count && Array(first.suffix(columns.count)) == columns
  }

  private static let statuses: [(word: String, failure: ForeignFailure)] = [
    ("compile_error", .compile), ("runtime_error", .runtime), ("invalid", .constraints),
    ("wrong", .wrong), ("timeout", .timeout),
  ]
}

// MARK: - Reading

extension RecordedSpaceTable {
  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    let (header, rows) = try CSVText.table(source)
    guard header.count > columns.count, Array(header.suffix(columns.count)) == columns else {
      throw source.error("the header does not end in \(columns.joined(separator: ","))", line: 1)
    }
    let names = Array(header.dropLast(columns.count))
    let problem = ForeignProblem(kernel: source.stem)
    var table = ForeignTable(tool: name)
    table.rows = try rows.map { try row($0, names, problem, source) }
    table.parameters = names.map { name in
      ForeignParameter(
        name, ForeignTable.distinct(table.rows.compactMap { $0.configuration[name] }))
    }
    table.notExpressed = ["the unit of 'value' is not in the file: it is taken as seconds"]
    if rows.contains(where: { !$0.cells[names.count + 1].isEmpty }) {
      table.notExpressed.append("the deviation 'value_std' without the samples it was made of")
    }
    return table
  }

  private static func row(
    _ row: CSVText.Row, _ names: [String], _ problem: ForeignProblem, _ source: ForeignSource
  ) throws -> ForeignRow {
    let values = zip(names, row.cells).map { ($0, JSONValue(cell: $1)) }
    var result = ForeignRow(
      problem: problem, configuration: Dictionary(values) { first, _ in first }, outcome: .measured)
    let cells = Array(row.cells.dropFirst(names.count))
    result.compileSeconds = Double(cells[3]).map { $0 / 1e3 }
    result.benchmarkSeconds = Double(cells[4]).map { $0 / 1e3 }
    guard cells[2] == "ok" else {
      let failure = statuses.first { $0.word == cells[2] }?.failure ?? .runtime
      result.outcome = .failed(failure, reason: cells[2])
      return result
    }
    guard let value = Double(cells[0]), value.isFinite, value > 0 else {
      throw source.error("the row is ok, but '\(cells[0])' is no value above 0", line: row.line)
    }
    result.seconds = value
    return result
  }
}

// MARK: - Writing

extension RecordedSpaceTable {
  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    var taken: Set<String> = []
    let documents = table.byProblem().compactMap { part -> ForeignDocument? in
      let whole = part.withoutRepeats().rectangular().renaming(Set(columns))
      let names = whole.parameters.map(\.name)
      guard !names.isEmpty, whole.rows.contains(where: { $0.outcome != .chosen }) else {
        return nil
      }
      let file = fileName(whole.problems.first, among: taken)
      taken.insert(file)
      let timed = whole.rows.filter { $0.outcome != .chosen }
      var lost = whole.notExpressed + ["problem, machine and samples"]
      if timed.count < whole.rows.count {
        lost.append("\(whole.rows.count - timed.count) rows without a time")
      }
      let lines = timed.map { row in names.map { row.configuration[$0]?.plain ?? "" } + cells(row) }
      let text = ([names + columns] + lines).map(CSVText.line).joined()
      return ForeignDocument(name: file, text: text, notExpressed: lost)
    }
    guard !documents.isEmpty || table.rows.isEmpty else {
      throw HoneError(
        .unusableData, "nothing in the table has parameters and a time",
        advice: "Export it as csv, per-m or tunableop.")
    }
    return documents
  }

  private static func cells(_ row: ForeignRow) -> [String] {
    var status = "ok"
    if case .failed(let failure, _) = row.outcome {
      status = statuses.first { $0.failure == failure }?.word ?? "runtime_error"
    }
    let costs = [row.compileSeconds, row.benchmarkSeconds].map {
      $0.map { TimeUnit.milliseconds($0).canonical } ?? ""
    }
    return [row.seconds.map { "\($0)" } ?? "", deviation(row.samples), status] + costs
  }

  private static func deviation(_ samples: [Double]) -> String {
    guard samples.count > 1 else { return "" }
    let mean = samples.reduce(0, +) / Double(samples.count)
    let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return "\((squares / Double(samples.count - 1)).squareRoot())"
  }
}
