// ParetoSection.swift: finalists that nobody beats in everything: time against error against energy.

internal import HoneCore

/// Problems for which there is a choice: more than one finalist of the serving session is on the front of time × error, and × energy where
/// all of them were metered. Ties in time within the noise floor count as equal, so that noise makes no choices.
public enum ParetoSection: ReportSection {
  public static let name = "pareto"
  public static let summary =
    "finalists that are a choice: faster, more exact or more frugal than the rest"

  public static func body(of subject: ReportSubject) -> ReportBody? {
    let fronts = subject.rows.flatMap { rows(of: $0.served, title: $0.title, in: subject) }
    guard !fronts.isEmpty else { return nil }
    let columns: [ReportTable.Column] = [
      .init("problem", "problem"), .init("key", nil), .init("cores", "cores", .right),
      .init("policy", "operands"), .init("seconds", "time", .right),
      .init("error", "error", .right), .init("joules", "energy", .right),
      .init("served", "served"), .init("configuration", "configuration", spare: 1),
    ]
    let note =
      "Each row is better than every other finalist of its problem in something: time (a difference within the noise "
      + "floor is none), error against the oracle, or energy."
    return ReportBody(
      name, title: "Choices",
      [.table(ReportTable("pareto", columns: columns, rows: fronts)), .paragraph(note)])
  }

  private static func rows(
    of served: Record, title: String, in subject: ReportSubject
  ) -> [[Cell]] {
    let finalists = front(of: candidates(served, in: subject), noiseFloor: served.noiseFloor ?? 0)
    guard finalists.count > 1 else { return [] }
    return finalists.map { record in
      let energy = record.measurement?.energy
      return [
        Cell(title), Cell(record.problem.key), Cell(record.cores), Cell(record.policy.name),
        .seconds(record.measurement?.median), error(record.proof?.error),
        Cell(
          energy?.value.map { Scaled.joules($0.joules) } ?? "–",
          energy?.value.map { .number($0.joules) } ?? .none),
        Cell(record.configuration == served.configuration ? "yes" : ""),
        Cell(record.configuration.key),
      ]
    }
  }

  private static func error(_ error: Double?) -> Cell {
    Cell(error.map(Scaled.scientific) ?? "–", error.map { .number($0) } ?? .none)
  }

  /// Finalists of the session that serves, each configuration once, by its last record.
  private static func candidates(_ served: Record, in subject: ReportSubject) -> [Record] {
    let peers = subject.records.filter {
      $0.stage == .final && $0.outcome == .measured && $0.proof?.holds == true
        && $0.measurement != nil && $0.provenance.session == served.provenance.session
        && $0.problem == served.problem && $0.cores == served.cores && $0.policy == served.policy
    }
    let last = Dictionary(peers.map { ($0.configuration, $0) }) { _, later in later }
    return last.values.sorted {
      ($0.measurement?.median ?? 0, $0.configuration.key)
        < ($1.measurement?.median ?? 0, $1.configuration.key)
    }
  }

  /// - Parameter records: by time, fastest first.
  static func front(of records: [Record], noiseFloor: Double) -> [Record] {
    let energies = records.map { $0.measurement?.energy?.value?.joules }
    let isMetered = energies.allSatisfy { $0 != nil }
    // The fastest of those within a noise floor of each other stands for all of them.
    var anchor = -1.0
    let points = records.indices.map { index in
      let seconds = records[index].measurement?.median ?? .nan
      if anchor < 0 || seconds > anchor * (1 + noiseFloor) { anchor = seconds }
      return [anchor, records[index].proof?.error ?? .nan] + (isMetered ? [energies[index]!] : [])
    }
    return ParetoFront.indices(of: points).map { records[$0] }
  }
}
