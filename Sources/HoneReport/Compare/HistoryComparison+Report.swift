// HistoryComparison+Report.swift: what `hone compare` prints, and the answer that its exit code gives.

public import HoneCore

extension HistoryComparison {
  /// What became of the question "did anything get slower?".
  public enum Answer: Sendable {
    case nothingSlower
    /// Regressions beyond the limit.
    case slower([HistoryChange])
    case notComparable(HoneError)
  }

  /// - Parameter limit: a shown regression counts from this share on: 0.03 is 3 %.
  public func answer(failAbove limit: Double) -> Answer {
    let failures = regressions.filter { $0.slowdown > limit }
    if !failures.isEmpty { return .slower(failures) }
    guard !changes.isEmpty else {
      return .notComparable(
        HoneError(
          .notComparable,
          "the two sides have nothing in common: \(onlyOld.count) results only in the old one, "
            + "\(onlyNew.count) only in the new one",
          advice:
            "Both need the same hardware class and workload; for different hosts use `hone report`."
        ))
    }
    guard judged.isEmpty else { return .nothingSlower }
    let reason = changes.first { !$0.reason.isEmpty }?.reason ?? "too few samples"
    return .notComparable(
      HoneError(
        .notComparable, "none of \(changes.count) results can be judged: \(reason)",
        advice: "Tune both sides with a larger budget: `hone tune --again --budget …`."))
  }

  public func report(old: String, new: String) -> Report {
    var bodies = [changesBody(old, new), summaryBody(), hostsBody()]
    bodies.append(
      Self.list(
        "contested", "Contested", contested,
        "Sessions of one side serve configurations that differ by more than noise:"))
    bodies.append(
      Self.list(
        "stale", "Stale", stale,
        "Made with other libraries than the newest result; tune them again:"))
    bodies.append(Self.list("missing", "Only in one of them", onlyOld + onlyNew, ""))
    return Report(schema: "hone.compare/1", bodies: bodies.compactMap { $0 })
  }

  private static func list(
    _ name: String, _ title: String, _ items: [String], _ lead: String
  ) -> ReportBody? {
    guard !items.isEmpty else { return nil }
    let table = ReportTable(
      name, columns: [.init("what", lead.isEmpty ? "what" : lead)],
      rows: items.map { [Cell($0)] })
    return ReportBody(name, title: "\(title) (\(items.count))", [.table(table)])
  }

  // MARK: - Changes

  private func changesBody(_ old: String, _ new: String) -> ReportBody? {
    guard !changes.isEmpty else { return nil }
    let many = Set(changes.map(\.hardwareClass)).count > 1
    let hosts: [ReportTable.Column] = [.init("host", many ? "host" : nil, spare: 6)]
    let table = ReportTable(
      "changes", columns: hosts + Self.columns, rows: changes.map(Self.cells))
    let bars = changes.compactMap { change in
      change.speedup.map {
        IntervalFigure.Bar(
          label: Self.title(change.new), value: $0.ratio, low: $0.interval.low,
          high: $0.interval.high, tone: change.judgement.tone)
      }
    }
    let figure = IntervalFigure(
      title: "\(new) compared with \(old)",
      alternative: "\(bars.count) ratios; right of 1 is faster.",
      bars: Array(bars.prefix(60)))
    let blocks: [ReportBody.Block] = [.table(table), .paragraph(legend)]
    return ReportBody(
      "results", title: "\(new) compared with \(old)",
      bars.isEmpty ? blocks : blocks + [.figure(.intervals(figure))])
  }

  private var legend: String {
    "vs old: time of the old over time of the new one; + faster, ~ no difference shown, − slower: shown where the interval, "
      + "adjusted for \(judged.count) verdicts, excludes 1 and the difference is above the noise floor of both sessions; "
      + "printed is the interval of 95 %. Drift of the host is taken out by what else was measured in the same rounds; "
      + "'host moved' is how far that control moved. ? cannot be judged."
  }

  private static let columns: [ReportTable.Column] = [
    .init("problem", "problem"), .init("key", nil), .init("cores", "cores", .right),
    .init("policy", "operands", spare: 5), .init("old_seconds", "old", .right, spare: 2),
    .init("new_seconds", "new", .right, spare: 2), .init("ratio", "vs old"),
    .init("ratio_low", nil), .init("ratio_high", nil), .init("verdict", nil),
    .init("raw_ratio", nil), .init("drift", "host moved", .right, spare: 3),
    .init("correction", nil), .init("control", nil), .init("noise_floor", nil),
    .init("remark", "", spare: 4),
  ]

  private static func cells(_ change: HistoryChange) -> [Cell] {
    let record = change.new
    return [
      Cell(Fleet.shortName(change.hardwareClass), .text(change.hardwareClass)), Cell(change.title),
      Cell(record.problem.key), Cell(record.cores), Cell(record.policy.name),
      .seconds(change.old.measurement?.median), .seconds(record.measurement?.median),
    ] + ratio(change) + [
      .number(change.raw?.ratio),
      change.drift.map { Cell(Scaled.ratio($0.ratio), .number($0.ratio)) } ?? Cell("–", .none),
      Cell(change.correction.rawValue), Cell(change.control?.key ?? ""),
      .number(change.noiseFloor), Cell(remark(change)),
    ]
  }

  private static func ratio(_ change: HistoryChange) -> [Cell] {
    guard let speedup = change.speedup else {
      return [Cell("?", .none), .number(nil), .number(nil), Cell(change.judgement.rawValue)]
    }
    let range =
      "[\(Scaled.decimals(speedup.interval.low, 2)), \(Scaled.decimals(speedup.interval.high, 2))]"
    let text = "\(change.judgement.mark) \(Scaled.ratio(speedup.ratio)) \(range)"
    return [
      Cell(text, .number(speedup.ratio), tone: change.judgement.tone),
      .number(speedup.interval.low), .number(speedup.interval.high),
      Cell(change.judgement.rawValue),
    ]
  }

  private static func remark(_ change: HistoryChange) -> String {
    if !change.reason.isEmpty { return change.reason }
    var remarks: [String] = []
    if change.old.configuration != change.new.configuration {
      remarks.append("configuration changed")
    }
    let (old, new) = (change.old.provenance.libraries, change.new.provenance.libraries)
    let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
    remarks += changed.map { "\($0) \(old[$0] ?? "none") → \(new[$0] ?? "none")" }
    return remarks.joined(separator: "; ")
  }

  // MARK: - All together

  private func summaryBody() -> ReportBody? {
    guard !changes.isEmpty else { return nil }
    let unknown = changes.count - judged.count
    let ratios = judged.compactMap { $0.speedup?.ratio }
    let mean = TotalsSection.geometricMean(ratios)
    let table = ReportTable(
      "summary",
      columns: [
        .init("compared", "compared", .right), .init("slower", "slower", .right),
        .init("faster", "faster", .right), .init("no_difference", "no difference", .right),
        .init("not_judged", "not judged", .right),
        .init("geometric_mean", "geometric mean", .right),
      ],
      rows: [
        [
          Cell(changes.count), Cell(regressions.count), Cell(improvements.count),
          Cell(judged.count - regressions.count - improvements.count), Cell(unknown),
          Cell(mean.map(Scaled.ratio) ?? "–", mean.map { .number($0) } ?? .none),
        ]
      ])
    return ReportBody("totals", title: "All together", [.table(table)])
  }

  /// How far each host itself moved, by its controls.
  private func hostsBody() -> ReportBody? {
    let groups = Dictionary(grouping: changes.filter { $0.drift != nil }) { $0.hardwareClass }
    guard !groups.isEmpty else { return nil }
    let lines = groups.sorted { $0.key < $1.key }.map { name, changes in
      let ratios = changes.compactMap { $0.drift?.ratio }.sorted()
      let range =
        "\(Scaled.decimals(ratios[0], 2)) … \(Scaled.decimals(ratios[ratios.count - 1], 2))"
      return ReportBody.Block.paragraph(
        "\(Fleet.shortName(name)): what did not change (\(ratios.count) controls) ran "
          + "\(Scaled.ratio(ratios[ratios.count / 2])) as fast as before (\(range)). That is drift or a change of the whole "
          + "host; one session a side cannot tell which, and it is not in the verdicts (--absolute asks about it)."
      )
    }
    return ReportBody("hosts", title: "The hosts themselves", lines)
  }
}

extension HistoryChange.Judgement {
  var mark: String {
    let marks: [Self: String] = [.faster: "+", .slower: "−", .tie: "~", .unknown: "?"]
    return marks[self] ?? "?"
  }

  var tone: Tone { self == .faster ? .better : self == .slower ? .worse : .plain }
}
