// T4Results.swift: T4, the open schema of autotuning results 1.0.0 (TuningSchema; Kernel Tuner and others write it).

internal import HoneCore

/// **Form:** `{"schema_version": "1.0.0", "results": […]}`; a result has `configuration`, `times` (with `runtimes`), `invalidity` (timeout,
/// compile, runtime, correctness, constraints, correct), `correctness`, and optionally `measurements` with name, value and unit. The schema
/// names neither the problem nor the kernel; files of Hone's say them in `metadata`. Kernel Tuner's own files have
/// `compilation` where the schema says `compilation_time`: both are read.
public enum T4Results: ForeignReader, ForeignWriter {
  public static let name = "t4"
  public static let summary = "T4 1.0.0 (JSON): results of any tuner, failures with their kind"
  public static let fileExtension = "json"

  public static func recognises(_ source: ForeignSource) -> Bool {
    let head = source.head
    return source.firstByte == UInt8(ascii: "{") && head.contains("\"results\"")
      && (head.contains("\"invalidity\"") || head.contains("\"schema_version\""))
  }

  /// The schema's word → what it means here; "correct" is no failure.
  private static let failures: [(word: String, failure: ForeignFailure)] = [
    ("timeout", .timeout), ("compile", .compile), ("runtime", .runtime), ("correctness", .wrong),
    ("constraints", .constraints),
  ]
}

// MARK: - Reading

extension T4Results {
  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    let json = try source.json()
    guard let results = json["results"]?.array else {
      throw source.error("there is no list 'results'", nearKey: "results")
    }
    let metadata = json["metadata"]
    var table = ForeignTable(tool: name, device: metadata?["device"]?.string ?? "")
    let note = ProblemNote.problem(metadata?[ProblemNote.key])
    let problem = note ?? ForeignProblem(kernel: source.stem)
    let unit = metadata?["timeunit"]?.string ?? "milliseconds"
    for (index, result) in results.enumerated() {
      table.rows.append(try row(result, index, problem, unit, source))
    }
    if note == nil {
      table.notExpressed.append(
        "T4 names neither kernel nor problem: the file's name stands for both")
    }
    noteStrangers(results, &table)
    let complete = table.withParameters()
    return note == nil ? complete : complete.withoutStandIns()
  }

  private static func row(
    _ result: JSONValue, _ index: Int, _ problem: ForeignProblem, _ unit: String,
    _ source: ForeignSource
  ) throws -> ForeignRow {
    let place = "result \(index + 1)"
    guard let configuration = result["configuration"]?.object else {
      throw source.error("\(place) has no object 'configuration'")
    }
    guard let word = result["invalidity"]?.string else {
      throw source.error("\(place) does not say its 'invalidity'")
    }
    var row = ForeignRow(problem: problem, configuration: configuration, outcome: .measured)
    row.time = result["timestamp"]?.string
    let times = result["times"]
    row.compileSeconds = seconds(times?["compilation_time"] ?? times?["compilation"], unit)
    row.benchmarkSeconds = seconds(times?["benchmark"], unit)
    guard word == "correct" else {
      guard let failure = failures.first(where: { $0.word == word })?.failure else {
        throw source.error("\(place) has the unknown invalidity '\(word)'")
      }
      row.outcome = .failed(failure, reason: word)
      return row
    }
    row.samples = (times?["runtimes"]?.array ?? []).compactMap { seconds($0, unit) }
    row.seconds = try time(result, unit, place, source) ?? mean(row.samples)
    guard let measured = row.seconds, measured > 0 else {
      throw source.error("\(place) is correct, but has no time")
    }
    return row
  }

  /// The measurement "time" with its own unit, or `unit` where it has none.
  private static func time(
    _ result: JSONValue, _ unit: String, _ place: String, _ source: ForeignSource
  ) throws -> Double? {
    let measurement = result["measurements"]?.array?.first { $0["name"]?.string == "time" }
    guard let value = measurement?["value"]?.double else { return nil }
    let own = measurement?["unit"]?.string ?? ""
    guard let seconds = TimeUnit.seconds(value, own.isEmpty ? unit : own) else {
      throw source.error("\(place) has a time in the unknown unit '\(own)'")
    }
    return seconds
  }

  private static func seconds(_ value: JSONValue?, _ unit: String) -> Double? {
    value?.double.flatMap { TimeUnit.seconds($0, unit) }
  }

  private static func mean(_ samples: [Double]) -> Double? {
    samples.isEmpty ? nil : samples.reduce(0, +) / Double(samples.count)
  }

  private static func noteStrangers(_ results: [JSONValue], _ table: inout ForeignTable) {
    let names = results.flatMap { $0["measurements"]?.array ?? [] }.compactMap {
      $0["name"]?.string
    }
    let strangers = Set(names).subtracting(["time", "times", "__error__"])
    if !strangers.isEmpty {
      table.notExpressed.append(
        "measurements beside the time: \(strangers.sorted().joined(separator: ", "))")
    }
  }
}

// MARK: - Writing

extension T4Results {
  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    var taken: Set<String> = []
    return table.byProblem().map { part in
      let file = fileName(part.problems.first, among: taken)
      taken.insert(file)
      let measured = part.rows.filter { $0.outcome != .chosen }
      var lost = part.notExpressed
      if measured.count < part.rows.count {
        lost.append("\(part.rows.count - measured.count) rows without a time")
      }
      lost.append(
        "T4 has no place for problem and machine: they stand in 'metadata', which others ignore")
      return ForeignDocument(name: file, text: text(part, measured), notExpressed: lost)
    }
  }

  private static func text(_ table: ForeignTable, _ rows: [ForeignRow]) -> String {
    var metadata: [String: JSONValue] = [
      "timeunit": .string("milliseconds"), "device": .string(table.device),
    ]
    metadata[ProblemNote.key] = table.problems.first.map(ProblemNote.json)
    let results = rows.map { result($0).canonical }.joined(separator: ",\n")
    return "{\"schema_version\":\"1.0.0\",\n\"metadata\":\(JSONValue.object(metadata).canonical),\n"
      + "\"results\":[\n\(results)\n]}\n"
  }

  private static func result(_ row: ForeignRow) -> JSONValue {
    var failure: ForeignFailure?
    if case .failed(let kind, _) = row.outcome { failure = kind }
    let word = failure.flatMap { kind in failures.first { $0.failure == kind }?.word }
    var times: [String: JSONValue] = ["runtimes": .array(row.samples.map(TimeUnit.milliseconds))]
    times["compilation_time"] = row.compileSeconds.map(TimeUnit.milliseconds)
    times["benchmark"] = row.benchmarkSeconds.map(TimeUnit.milliseconds)
    var members: [String: JSONValue] = [
      "configuration": .object(row.configuration), "objectives": .array([.string("time")]),
      "times": .object(times), "invalidity": .string(word ?? "correct"),
      "correctness": .integer(failure == .wrong ? 0 : 1),
    ]
    members["timestamp"] = row.time.map { .string($0) }
    if let seconds = row.seconds {
      members["measurements"] = .array([
        .object([
          "name": .string("time"), "value": TimeUnit.milliseconds(seconds), "unit": .string("ms"),
        ])
      ])
    }
    return .object(members)
  }
}
