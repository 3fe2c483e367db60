// HostSection.swift: which machine this is about, and how much was measured on it.

internal import HoneCore

public enum HostSection: ReportSection {
  public static let name = "host"
  public static let summary = "the machine, and how much was measured on it"

  public static func body(of subject: ReportSubject) -> ReportBody? {
    let facts = [("hardware class", subject.hardwareClass)] + subject.facts + measured(subject)
    let table = ReportTable(
      "host", columns: [.init("fact", "fact"), .init("value", "value")],
      rows: facts.map { [Cell($0.0), Cell($0.1)] })
    return ReportBody(name, title: "Host", [.table(table)])
  }

  private static func measured(_ subject: ReportSubject) -> [(String, String)] {
    let records = subject.records
    guard let newest = records.map(\.provenance.time).max() else { return [] }
    let sessions = Set(records.map(\.provenance.session)).count
    let unusable = records.count { $0.outcome != .measured }
    let tried = "\(records.count) configurations in \(sessions) session\(sessions == 1 ? "" : "s")"
    let floors = subject.served.compactMap(\.noiseFloor).sorted()
    let noise = floors.isEmpty ? [] : [("noise floor", floorText(floors))]
    return [
      ("tried", "\(tried), \(unusable) of them wrong, failed or refused"),
      ("last measured", newest),
    ] + noise
  }

  /// "0.8 … 2.1 % (median 1.2 %)".
  private static func floorText(_ floors: [Double]) -> String {
    let percents = [floors[0], floors[floors.count - 1], floors[floors.count / 2]]
      .map { Scaled.decimals($0 * 100, 1) }
    return "\(percents[0]) … \(percents[1]) % (median \(percents[2]) %)"
  }
}
