// LimitsSection.swift: what the machine can do at most, as measured by Hone itself.

internal import HoneCore

public enum LimitsSection: ReportSection {
  public static let name = "limits"
  public static let summary = "peak arithmetic, bandwidth and gather rates of the machine"

  /// Names that records use → words for people. Names that are not here are shown as they are.
  private static let words = [
    "peak.f32": "arithmetic, f32", "peak.f64": "arithmetic, f64",
    "peak.bf16": "arithmetic, bf16 summed in f32",
    "peak.u8s8": "arithmetic, 8-bit integers summed in 32",
    "read.l2": "reading the L2 cache",
    "read.memory": "reading memory",
    "gather.64": "gathering rows of 64 B", "gather.128": "gathering rows of 128 B",
    "gather.256": "gathering rows of 256 B", "gather.512": "gathering rows of 512 B",
  ]

  public static func body(of subject: ReportSubject) -> ReportBody? {
    guard let limits = subject.limits?.limits, !limits.isEmpty else { return nil }
    var names: [String] = []
    for limit in limits where !names.contains(limit.name) { names.append(limit.name) }
    let cores = Set(limits.map(\.cores)).sorted()
    let rows = names.map { name in
      let unit = limits.first { $0.name == name }?.unit ?? ""
      return [Cell(words[name] ?? name), Cell(name), Cell(unit)]
        + cores.flatMap { count in cells(limits.first { $0.name == name && $0.cores == count }) }
    }
    let columns = [
      ReportTable.Column(nil, "limit"), .init("limit", nil), .init("unit", nil),
    ]
    let table = ReportTable("limits", columns: columns + cores.flatMap(Self.columns), rows: rows)
    return ReportBody(name, title: "Limits of the machine", [.table(table)])
  }

  private static func columns(cores: Int) -> [ReportTable.Column] {
    [
      .init("cores_\(cores)", cores == 1 ? "1 core" : "\(cores) cores", .right),
      .init("cores_\(cores)_low", nil), .init("cores_\(cores)_high", nil),
    ]
  }

  private static func cells(_ limit: HostLimit?) -> [Cell] {
    guard let limit else { return [Cell("–", .none), .number(nil), .number(nil)] }
    return [
      Cell(Scaled.rate(limit.value, unit: limit.unit), .number(limit.value)),
      .number(limit.interval.low), .number(limit.interval.high),
    ]
  }
}
