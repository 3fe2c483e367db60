// KernelTunerCache.swift: the cache files of Kernel Tuner: JSON that grows by a line an evaluation and may lack its end.

internal import HoneCore

/// **Form** (Kernel Tuner 1.5, `util.process_cache`): one object with `device_name`, `kernel_name`, `problem_size`, `tune_params_keys`,
/// `tune_params` and `cache`, whose keys are a configuration's values joined by commas, and whose entries hold the parameters, `time`
/// and `times` in milliseconds, and the milliseconds that compiling and measuring took. A failed configuration has the word
/// `CompilationFailedConfig`, `RuntimeFailedConfig` or `InvalidConfig` in `__error__`, in older files in `time`. The two closing brackets may be missing.
public enum KernelTunerCache: ForeignReader, ForeignWriter {
  public static let name = "kernel-tuner"
  public static let summary =
    "cache file of Kernel Tuner (JSON): every configuration of one problem"
  public static let fileExtension = "json"

  public static func recognises(_ source: ForeignSource) -> Bool {
    source.firstByte == UInt8(ascii: "{") && source.head.contains("\"tune_params_keys\"")
  }

  private static let failures: [(word: String, failure: ForeignFailure)] = [
    ("CompilationFailedConfig", .compile), ("RuntimeFailedConfig", .runtime),
    ("InvalidConfig", .constraints), ("ErrorConfig", .runtime),
  ]

  /// What an entry holds beside the parameters that this table keeps.
  private static let known: Set<String> = [
    "time", "times", "compile_time", "benchmark_time", "timestamp", "__error__",
  ]
  /// Costs of Kernel Tuner itself: no part of a result.
  private static let overheads: Set<String> = [
    "framework_time", "strategy_time", "verification_time",
  ]
}

// MARK: - Reading

extension KernelTunerCache {
  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    var table = ForeignTable(tool: name)
    let json = try document(source, &table)
    guard let entries = json["cache"]?.object else {
      throw source.error("there is no object 'cache'", nearKey: "cache")
    }
    let names = try source.names(json["tune_params_keys"], "tune_params_keys")
    table.device = json["device_name"]?.string ?? ""
    table.parameters = names.map { name in
      ForeignParameter(name, json["tune_params"]?[name]?.array ?? [])
    }
    let note = ProblemNote.problem(json[ProblemNote.key])
    let problem = note ?? Self.problem(json)
    table.rows = try entries.sorted { $0.key < $1.key }.map { key, entry in
      try row(entry, key, names, problem, source)
    }
    addSeenValues(to: &table)
    noteStrangers(json, entries, names, &table)
    return note == nil ? table : table.withoutStandIns()
  }

  /// The document, mended at its end as Kernel Tuner does it; an entry that was cut off is left out.
  private static func document(_ source: ForeignSource, _ table: inout ForeignTable) throws
    -> JSONValue
  {
    if let whole = try? JSONValue(parsing: source.bytes) { return whole }
    if let open = try? JSONValue(parsing: closed(source.bytes)) { return open }
    if let lineBreak = source.bytes.lastIndex(of: 0x0a),
      let cut = try? JSONValue(parsing: closed(Array(source.bytes[..<lineBreak])))
    {
      table.notExpressed.append("the last entry, which is cut off in the file")
      return cut
    }
    return try source.json()
  }

  private static func closed(_ bytes: [UInt8]) -> [UInt8] {
    var end = bytes.count
    while end > 0, ForeignSource.isBlank(bytes[end - 1]) { end -= 1 }
    if end > 0, bytes[end - 1] == UInt8(ascii: ",") { end -= 1 }
    return Array(bytes[..<end]) + Array("}}".utf8)
  }

  private static func problem(_ json: JSONValue) -> ForeignProblem {
    let size = json["problem_size"] ?? .null
    let extents = size.array ?? (size == .null ? [] : [size])
    let axes = ["x", "y", "z"]
    let fields = extents.enumerated().map { index, extent in
      ForeignField(index < axes.count ? axes[index] : "axis\(index + 1)", extent)
    }
    return ForeignProblem(kernel: json["kernel_name"]?.string ?? "", fields: fields)
  }

  private static func row(
    _ entry: JSONValue, _ key: String, _ names: [String], _ problem: ForeignProblem,
    _ source: ForeignSource
  ) throws -> ForeignRow {
    guard let members = entry.object else {
      throw source.error("the entry '\(key)' is no object", nearKey: key)
    }
    var row = ForeignRow(
      problem: problem, configuration: members.filter { names.contains($0.key) },
      outcome: .measured)
    guard row.configuration.count == names.count else {
      let missing = names.first { members[$0] == nil } ?? ""
      throw source.error("the entry '\(key)' lacks the parameter '\(missing)'", nearKey: key)
    }
    row.time = members["timestamp"]?.string
    row.compileSeconds = milliseconds(members["compile_time"])
    row.benchmarkSeconds = milliseconds(members["benchmark_time"])
    if let failure = failure(in: members) {
      row.outcome = failure
      return row
    }
    guard let seconds = milliseconds(members["time"]), seconds > 0 else {
      throw source.error("the entry '\(key)' has neither a time nor a failure", nearKey: key)
    }
    row.seconds = seconds
    row.samples = (members["times"]?.array ?? []).compactMap(milliseconds)
    return row
  }

  private static func milliseconds(_ value: JSONValue?) -> Double? {
    value?.double.flatMap { TimeUnit.seconds($0, "ms") }
  }

  private static func failure(in members: [String: JSONValue]) -> ForeignOutcome? {
    let word = members["__error__"]?.string ?? members["time"]?.string
    guard let word else { return nil }
    let row = failures.first { $0.word == word }
    return .failed(row?.failure ?? .runtime, reason: word)
  }

  /// `tune_params` may list fewer values than were tried.
  private static func addSeenValues(to table: inout ForeignTable) {
    for index in table.parameters.indices {
      let name = table.parameters[index].name
      let seen = table.rows.compactMap { $0.configuration[name] }
      table.parameters[index].values = ForeignTable.distinct(table.parameters[index].values + seen)
    }
  }

  private static func noteStrangers(
    _ json: JSONValue, _ entries: [String: JSONValue], _ names: [String],
    _ table: inout ForeignTable
  ) {
    let expected = known.union(overheads).union(names)
    let strangers = Set(entries.values.flatMap { ($0.object ?? [:]).keys }).subtracting(expected)
    if !strangers.isEmpty {
      table.notExpressed.append(
        "measurements beside the time: \(strangers.sorted().joined(separator: ", "))")
    }
    if let objective = json["objective"], objective.string != "time" {
      table.notExpressed.append("the objective \(objective.plain): times are compared here")
    }
  }
}

// MARK: - Writing

extension KernelTunerCache {
  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    var taken: Set<String> = []
    return try table.byProblem().map { part in
      let whole = part.withoutRepeats().rectangular().renaming(known.union(overheads))
      let file = fileName(whole.problems.first, among: taken)
      taken.insert(file)
      let chosen = whole.rows.count { $0.outcome == .chosen }
      guard chosen == 0 else {
        throw HoneError(
          .unusableData, "\(file): \(chosen) rows have no time, and a Kernel Tuner cache needs one",
          advice: "Export them as per-m, tunableop or csv.")
      }
      return ForeignDocument(
        name: file, text: text(whole), notExpressed: whole.notExpressed + lost(whole))
    }
  }

  private static func text(_ table: ForeignTable) -> String {
    let names = table.parameters.map(\.name)
    let problem = table.rows[0].problem
    let sizes = problem.fields.map(\.value).filter { $0.int != nil }
    let header: [(String, JSONValue)] = [
      ("device_name", .string(table.device)), ("kernel_name", .string(problem.kernel)),
      ("problem_size", .array(sizes)), (ProblemNote.key, ProblemNote.json(problem)),
      ("tune_params_keys", .array(names.map { .string($0) })),
    ]
    let values = table.parameters.map { ($0.name, JSONText.array($0.values)) }
    let lines = header.map { "\(JSONValue.string($0.0).canonical):\($0.1.canonical)" }
    let entries = table.rows.map { entry($0, names) }
    return "{" + lines.joined(separator: ",\n") + ",\n\"tune_params\":" + JSONText.object(values)
      + ",\n\"objective\":\"time\",\n\"cache\":{\n" + entries.joined(separator: ",\n") + "}\n}\n"
  }

  private static func entry(_ row: ForeignRow, _ names: [String]) -> String {
    let values = names.map { row.configuration[$0] ?? .null }
    let key = values.map(pythonWord).joined(separator: ",")
    var members = zip(names, values).map { ($0, $1.canonical) }
    if case .failed(let failure, _) = row.outcome {
      members.append(("__error__", JSONValue.string(word(for: failure)).canonical))
    } else if let seconds = row.seconds {
      let samples = row.samples.isEmpty ? [seconds] : row.samples
      members.append(("time", TimeUnit.milliseconds(seconds).canonical))
      members.append(("times", JSONText.array(samples.map(TimeUnit.milliseconds))))
    }
    let costs = [("compile_time", row.compileSeconds), ("benchmark_time", row.benchmarkSeconds)]
    members += costs.map { ($0.0, TimeUnit.milliseconds($0.1 ?? 0).canonical) }
    members += overheads.sorted().map { ($0, "0") }
    if let time = row.time { members.append(("timestamp", JSONValue.string(time).canonical)) }
    return "\(JSONValue.string(key).canonical):\(JSONText.object(members))"
  }

  /// As Python's `str` writes it: the key must be what Kernel Tuner makes of the values.
  private static func pythonWord(_ value: JSONValue) -> String {
    switch value {
    case .bool(let isTrue): isTrue ? "True" : "False"
    case .null: "None"
    default: value.plain
    }
  }

  /// Kernel Tuner has no word for a wrong result or a time limit: both become a failure at run time.
  private static func word(for failure: ForeignFailure) -> String {
    failures.first { $0.failure == failure }?.word ?? "RuntimeFailedConfig"
  }

  private static func lost(_ table: ForeignTable) -> [String] {
    var lost: [String] = []
    let vague = table.rows.count {
      if case .failed(let failure, _) = $0.outcome {
        failure == .wrong || failure == .timeout
      } else {
        false
      }
    }
    if vague > 0 {
      lost.append("\(vague) wrong results or time limits, which become failures at run time")
    }
    if table.rows.contains(where: { $0.compileSeconds == nil }) {
      lost.append("what compiling and measuring took is unknown here and written as 0")
    }
    return lost
  }
}
