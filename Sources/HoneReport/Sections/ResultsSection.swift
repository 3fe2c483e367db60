// ResultsSection.swift: per problem the default, the best other back end, the tuned one, the gain, and the share of the limit.

internal import HoneCore

public enum ResultsSection: ReportSection {
  public static let name = "results"
  public static let summary =
    "default, other back ends and tuned, with verdicts and shares of the limit"

  public static func body(of subject: ReportSubject) -> ReportBody? {
    let rows = subject.rows
    guard !rows.isEmpty else {
      return ReportBody(
        name, title: "Results",
        [
          .paragraph(
            "Nothing was tuned to the end yet: run `hone tune`; it goes on where it stopped.")
        ])
    }
    let names = Set(rows.compactMap(\.otherName))
    let others = names.count == 1 ? names.first ?? "other" : "other"
    let table = ReportTable(
      "results", columns: columns(others), rows: rows.map { cells($0, naming: names.count > 1) })
    return ReportBody(
      name, title: "Results", [.table(table)] + legend(rows, others) + missing(subject))
  }

  private static func missing(_ subject: ReportSubject) -> [ReportBody.Block] {
    guard !subject.missing.isEmpty else { return [] }
    let list = subject.missing.joined(separator: "; ")
    return [
      .paragraph("Asked for and not tuned to the end yet (\(subject.missing.count)): \(list).")
    ]
  }

  private static func columns(_ others: String) -> [ReportTable.Column] {
    [
      .init("problem", "problem"), .init("key", nil), .init("cores", "cores", .right),
      .init("policy", "operands", spare: 6), .init("weight", nil),
      .init("default_seconds", "default", .right, spare: 5),
      .init("other_backend", nil), .init("other_seconds", others, .right, spare: 4),
      .init("tuned_seconds", "tuned", .right),
      .init("speedup", "vs default"), .init("speedup_low", nil), .init("speedup_high", nil),
      .init("verdict", nil), .init("pairs", nil), .init("noise_floor", nil),
      .init("speedup_other", "vs \(others)", spare: 2), .init("speedup_other_low", nil),
      .init("speedup_other_high", nil), .init("verdict_other", nil),
      .init("limit_share", "of limit", .right, spare: 1), .init("limit", "", spare: 3),
    ]
  }

  private static func cells(_ row: ResultRow, naming isNaming: Bool) -> [Cell] {
    let record = row.served
    let name = row.otherName
    var other = Cell.seconds(row.otherSeconds)
    if isNaming, let name { other.text = "\(name) \(other.text)" }
    return [
      Cell(row.title), Cell(record.problem.key), Cell(record.cores), Cell(record.policy.name),
      .number(row.weight), .seconds(row.defaultSeconds),
      Cell(name ?? "–", name.map { .text($0) } ?? .none), other, .seconds(row.tunedSeconds),
    ] + againstDefault(row) + [
      .number(record.noiseFloor)
    ] + againstOther(row) + share(row.share)
  }

  /// Speed-up, its interval, verdict and pairs.
  private static func againstDefault(_ row: ResultRow) -> [Cell] {
    guard let versus = row.againstDefault else {
      return [
        Cell("~ default kept", .number(1)), .number(nil), .number(nil), Cell("default"),
        .number(nil),
      ]
    }
    return [Cell(versus.text, .number(versus.speedup), tone: versus.verdict.tone)]
      + interval(versus) + [Cell(versus.verdict.rawValue), Cell(versus.pairs)]
  }

  private static func againstOther(_ row: ResultRow) -> [Cell] {
    guard let versus = row.other else {
      return [Cell("", .none), .number(nil), .number(nil), Cell("–", .none)]
    }
    return [Cell(versus.short, .number(versus.speedup), tone: versus.verdict.tone)]
      + interval(versus) + [Cell(versus.verdict.rawValue)]
  }

  private static func interval(_ versus: Comparison) -> [Cell] {
    [.number(versus.interval.low), .number(versus.interval.high)]
  }

  private static func share(_ share: LimitShare?) -> [Cell] {
    guard let share else { return [Cell("–", .none), Cell("", .none)] }
    return [Cell(Scaled.percent(share.share), .number(share.share)), Cell(share.bound)]
  }

  private static func legend(_ rows: [ResultRow], _ others: String) -> [ReportBody.Block] {
    let confidence = rows.compactMap(\.againstDefault).first?.interval.confidence ?? 0.95
    var lines = [
      "+ faster, ~ no difference shown, − slower: time of the other over time of the tuned one, with the "
        + "\(Scaled.percent(confidence)) interval of a paired, interleaved comparison. "
        + "A gain counts only above the noise floor."
    ]
    if rows.contains(where: { ($0.share?.share ?? 0) > 1.05 }) {
      lines.append(
        "More than 100 % of a bandwidth: part of the operands came from a nearer cache than the limit assumes, or the "
          + "machine was busier when its limits were measured (`hone tune --again` measures them anew)."
      )
    }
    return lines.map { .paragraph($0) }
  }
}
