// FleetHostsSection.swift: which machines are compared: one line each.

internal import HoneCore

public enum FleetHostsSection: FleetSection {
  public static let name = "hosts"
  public static let summary = "the machines, their limits and how noisy they were"
  public static let isUsual = true

  public static func body(of grid: Grid) -> ReportBody? {
    let hosts = grid.fleet.hosts
    guard !hosts.isEmpty else { return nil }
    let notes = Notes(grid)
    let rows = hosts.enumerated().map { cells($1, notes.marks(ofHost: $0)) }
    let figures = hosts.indices.compactMap { RooflineFigure(of: $0, in: grid.fleet) }
    return ReportBody(
      name, title: "Hosts",
      [.table(ReportTable("hosts", columns: columns, rows: rows))]
        + figures.map { .figure(.roofline($0)) })
  }

  private static let columns: [ReportTable.Column] = [
    .init("host", "host"), .init("hardware_class", nil), .init("database", nil),
    .init("machines", nil), .init("synthetic", nil),
    .init("processor", "processor", spare: 5), .init("cores", "cores", .right),
    .init("instruction_set", "ISA", spare: 4),
    .init("last_level_bytes", "last cache", .right, spare: 3),
    .init("peak_f32", "peak f32", .right, spare: 1),
    .init("read_memory", "memory", .right, spare: 2),
    .init("noise_floor", "noise floor", .right), .init("results", "results", .right),
    .init("last_measured", "last measured", spare: 6),
  ]

  private static func cells(_ host: FleetHost, _ marks: String) -> [Cell] {
    let hardware = host.description
    let limits = host.subject.limits
    // What was measured, not what more cores could do at most: a host may have been measured on some of its cores.
    let cores = limits?.limits.map(\.cores).max() ?? 1
    return [
      Cell(marked(host.name, marks), .text(host.name)), Cell(host.hardwareClass),
      Cell(host.database), Cell(host.machines.joined(separator: " ")),
      Cell(host.isSynthetic ? "yes" : "no"), Cell(hardware.processor ?? "–"),
      optional(hardware.coreCount), Cell(hardware.instructionSet ?? "–"),
      hardware.lastLevelBytes.map { Cell(Scaled.bytes($0), .integer($0)) } ?? Cell("–", .none),
      rate(limits?.value("peak.f32", cores: cores), "flop/s"),
      rate(limits?.value("read.memory", cores: cores), "byte/s"),
      host.noiseFloor.map { Cell("\(Scaled.decimals($0 * 100, 1)) %", .number($0)) }
        ?? Cell("–", .none),
      Cell(host.subject.served.count),
      Cell(
        host.subject.served.map(\.provenance.time).max().map { String($0.prefix(10)) } ?? "–"),
    ]
  }

  static func marked(_ name: String, _ marks: String) -> String {
    marks.isEmpty ? name : "\(name) \(marks)"
  }

  private static func optional(_ value: Int?) -> Cell { value.map { Cell($0) } ?? Cell("–", .none) }

  private static func rate(_ value: Double?, _ unit: String) -> Cell {
    Cell(
      value.map { Scaled.rate($0, unit: unit) } ?? "–", value.map { .number($0) } ?? .none)
  }
}

/// The roofline of a host with every problem on it.
extension RooflineFigure {
  /// nil where the host's limits are not known or nothing that computes was measured.
  init?(of index: Int, in fleet: Fleet) {
    let host = fleet.hosts[index]
    guard let limits = host.subject.limits else { return nil }
    let cores = limits.limits.map(\.cores).max() ?? 1
    let own = fleet.observations.filter { $0.host == index && $0.record.cores == cores }
    let results = own.isEmpty ? fleet.observations.filter { $0.host == index } : own
    let points = results.compactMap { result -> Point? in
      guard let cost = result.cost, cost.flops > 0, cost.bytes > 0, let seconds = result.seconds
      else { return nil }
      return Point(
        label: result.row.title, operation: result.record.problem.operation,
        intensity: cost.flops / cost.bytes, rate: cost.flops / seconds)
    }
    func ceilings(_ prefix: String) -> [Ceiling] {
      let names = limits.limits.map(\.name).filter { $0.hasPrefix(prefix) }
      return Set(names).sorted().compactMap { name in
        limits.value(name, cores: cores).map { Ceiling(name: name, value: $0) }
      }
    }
    guard !points.isEmpty, !ceilings("peak.").isEmpty else { return nil }
    title = "Roofline of \(host.name), \(cores) core\(cores == 1 ? "" : "s")"
    peaks = ceilings("peak.")
    bandwidths = ceilings("read.")
    self.points = points
    let best = points.max { $0.rate < $1.rate }
    alternative =
      "\(points.count) problems by arithmetic intensity and rate; the fastest is "
      + "\(best?.label ?? "") with \(Scaled.rate(best?.rate ?? 0, unit: "flop/s")) of "
      + "\(Scaled.rate(peaks.map(\.value).max() ?? 0, unit: "flop/s")) at most."
  }
}
