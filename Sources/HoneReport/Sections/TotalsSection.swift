// TotalsSection.swift: all problems of one core count together: weighted total and geometric mean.

internal import Glibc
internal import HoneCore

public enum TotalsSection: ReportSection {
  public static let name = "totals"
  public static let summary = "weighted total and geometric mean over the problems of a core count"

  public static func body(of subject: ReportSubject) -> ReportBody? {
    let groups = Dictionary(grouping: subject.rows) { $0.served.cores }
    guard !groups.isEmpty else { return nil }
    let rows = groups.sorted { $0.key < $1.key }.map { cells($0.key, $0.value) }
    let table = ReportTable("totals", columns: columns, rows: rows)
    return ReportBody(name, title: "All together", [.table(table)])
  }

  private static let columns: [ReportTable.Column] = [
    .init("cores", "cores", .right), .init("problems", "problems", .right),
    .init("faster", "faster", .right), .init("no_difference", "no difference", .right),
    .init("default_seconds", "default, total", .right, spare: 1),
    .init("tuned_seconds", "tuned, total", .right, spare: 1),
    .init("speedup", "total", .right), .init("geometric_mean", "geometric mean", .right),
    .init("others_compared", nil), .init("geometric_mean_others", "vs others", .right),
  ]

  private static func cells(_ cores: Int, _ rows: [ResultRow]) -> [Cell] {
    let complete = rows.filter { $0.defaultSeconds != nil && $0.tunedSeconds != nil }
    let untuned = complete.reduce(0) { $0 + $1.weight * ($1.defaultSeconds ?? 0) }
    let tuned = complete.reduce(0) { $0 + $1.weight * ($1.tunedSeconds ?? 0) }
    let faster = rows.count { $0.againstDefault?.verdict == .faster }
    let others = rows.compactMap(\.other?.speedup)
    return [
      Cell(cores), Cell(rows.count), Cell(faster), Cell(rows.count - faster), .seconds(untuned),
      .seconds(tuned), ratio(tuned > 0 ? untuned / tuned : nil),
      ratio(geometricMean(rows.map(\.speedup))), Cell(others.count),
      ratio(geometricMean(others), suffix: others.isEmpty ? "" : " of \(others.count)"),
    ]
  }

  private static func ratio(_ value: Double?, suffix: String = "") -> Cell {
    Cell(
      value.map { Scaled.ratio($0) + suffix } ?? "–", value.map { .number($0) } ?? .none)
  }

  /// nil of nothing, and where a value is not above 0.
  static func geometricMean(_ values: [Double]) -> Double? {
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 }) else { return nil }
    return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
  }
}
