// TuneResult.swift: what `hone tune` prints when it is done: a row a problem and the closing account, as text and as JSON.

internal import Hone
internal import HoneCore
internal import HoneReport

struct TuneResult: Encodable {
  var problems: [TuneRow]
  var session: TuningAccount
  /// nil unless asked for.
  var explanations: [SearchExplanation]?
  var recordedSpaces: [String]?

  init(
    _ summaries: [TuningSummary], _ account: TuningAccount,
    _ objective: any Objective.Type = TimeObjective.self,
    explanations: [SearchExplanation]? = nil, recordedSpaces: [String]? = nil
  ) {
    problems = summaries.map { TuneRow($0, objective) }
    session = account
    self.explanations = explanations
    self.recordedSpaces = recordedSpaces
  }

  var text: String {
    let why = (explanations ?? []).map { TuneExplanation(explanation: $0).text + "\n" }.joined()
    let files = (recordedSpaces ?? []).map { "\nRecorded space: \($0)" }.joined()
    return why + table + "\n" + TuneClosing(account: session).text + files
  }

  private var table: String {
    var table = TextTable([
      .init("operation"), .init("problem"), .init("cores", .right), .init("operands"),
      .init("tuned", .right), .init("vs default", .right), .init("interval", .right),
      .init("", .left), .init("configuration"),
    ])
    for row in problems { table.add(row.cells) }
    return table.rendered()
      + """

      + faster than the untuned default; = the default is served, nothing was shown to be faster.
      Intervals are those of paired, interleaved comparisons (\(confidence) confidence, adjusted for
      the number of finalists).

      """
  }

  /// The lowest confidence of the intervals shown: "98 %".
  private var confidence: String {
    let shown = problems.filter { !$0.isDefault }.compactMap(\.interval?.confidence)
    return Scaled.percent(shown.min() ?? 0.95)
  }
}

/// A summary as a row of the table and as JSON.
struct TuneRow: Encodable {
  var operation: String
  var problem: String
  var cores: Int
  var policy: String
  var calls: Double
  var configuration: String?
  var origin: String?
  var medianSeconds: Double?
  /// The objective's name and value, in its own unit; absent where a fact that it needs is not known.
  var objective: String
  var value: Double?
  var speedup: Double?
  var interval: Interval?
  var isDefault: Bool
  var noiseFloor: Double?
  var tied: Int?
  var tried: Int
  var unusable: Int
  var spaceSize: Int
  var search: SearchEnd?
  var fallback: Fallback?
  var note: String

  /// What a look-up answers where nothing is served.
  struct Fallback: Encodable {
    var grade: String
    var configuration: String?
    var differs: [String]
  }

  init(_ summary: TuningSummary, _ objective: any Objective.Type = TimeObjective.self) {
    self.objective = objective.name
    value = summary.served.flatMap { objective.value(of: $0.facts) }
    operation = summary.operation
    problem = summary.title
    cores = summary.cores
    policy = summary.policy
    calls = summary.calls
    configuration = summary.served?.configuration
    origin = summary.served.flatMap { $0.origin.isEmpty ? nil : $0.origin }
    medianSeconds = summary.served?.medianSeconds
    speedup = summary.served?.speedup
    isDefault = summary.served?.isDefault ?? false
    interval = summary.served.map(\.interval)
    noiseFloor = summary.served?.noiseFloor
    tied = summary.served?.tied
    tried = summary.tried
    unusable = summary.unusable
    spaceSize = summary.spaceSize
    search = summary.search
    fallback = summary.fallback.map {
      Fallback(grade: $0.grade, configuration: $0.configuration, differs: $0.differs)
    }
    note = summary.note
  }

  /// The objective's value, as people read it.
  private var tuned: String {
    guard let value, let unit = Objectives.named(objective)?.unit else { return "–" }
    let words: [String: (Double) -> String] = ["s": Scaled.seconds, "J": Scaled.joules]
    return words[unit]?(value) ?? Scaled.rate(value, unit: unit.replacing("flop", with: "FLOP"))
  }

  /// "+": shown to be faster than the default; "=": the default is served.
  var cells: [String] {
    let start = [operation, problem, "\(cores)", policy]
    guard let configuration, let speedup, let interval else {
      return start + [
        "–", "–", "–", "", [note, answer].filter { !$0.isEmpty }.joined(separator: "; "),
      ]
    }
    let ends = "\(Scaled.decimals(interval.low, 2)) … \(Scaled.decimals(interval.high, 2))"
    return start + [
      tuned, isDefault ? "default" : Scaled.ratio(speedup),
      isDefault ? "" : ends, isDefault ? "=" : "+",
      configuration + (note.isEmpty ? "" : "  (\(note))"),
    ]
  }

  /// "a look-up answers near-shape: hone gemm…".
  private var answer: String {
    guard let fallback else { return "" }
    guard let configuration = fallback.configuration else { return "the default runs" }
    return "a look-up answers \(fallback.grade): \(configuration)"
  }
}
