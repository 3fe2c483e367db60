// WhySection.swift: why a host is faster or slower than the base: the parts of the machines, problem by problem, and what they do not explain.

internal import Glibc
internal import HoneCore

public enum WhySection: FleetSection {
  public static let name = "why"
  public static let summary =
    "the gap to the base split into cores, ISA, core speed, memory and caches"
  public static let isUsual = true

  /// More hosts make more tables than anybody reads; `--section why` shows them anyway.
  private static let most = 8

  public static func body(of grid: Grid) -> ReportBody? {
    guard grid.columns.count > 1, grid.columns.count <= most,
      let base = grid.host(ofColumn: grid.baseline)
    else { return nil }
    let others = grid.columns.indices.filter { $0 != grid.baseline }
    let blocks = others.flatMap { column -> [ReportBody.Block] in
      guard let other = grid.host(ofColumn: column) else { return [] }
      return Self.blocks(column, base, other, grid)
    }
    guard !blocks.isEmpty else { return nil }
    return ReportBody(name, title: "Why", blocks + [.paragraph(legend)])
  }

  private static let legend =
    "Each factor says how many times as fast that part alone makes the host (Shapley values of the measured limits; they multiply up "
    + "to the ratio of the limits); · is no effect. Core speed: vector instructions a second and core, so frequency and width "
    + "together. Remainder: what the limits do not explain, that is how much of its limit each host's best kernel reaches; "
    + "± is the noise of the ratio, and a remainder within it is none."

  /// One result of the other host with its explanation.
  private struct Explained {
    var row: Int
    var ratio: UnpairedRatio
    var factors: GapSplit.Factors
    var remainder: Double { ratio.ratio / factors.explained }
    var noise: Double { (ratio.interval.high - ratio.interval.low) / 2 / ratio.ratio }
  }

  private static func blocks(
    _ column: Int, _ base: FleetHost, _ other: FleetHost, _ grid: Grid
  ) -> [ReportBody.Block] {
    let rows = explained(column, base, other, grid)
    let lacks = lacking(base, other)
    guard !rows.isEmpty else { return lacks }
    let table = ReportTable(
      "why_\(column)", columns: columns(grid.columnTitle(column), grid),
      rows: rows.map { cells($0, column, grid) } + [mean(rows, column, grid)])
    return [.table(table)] + lacks
  }

  private static func explained(
    _ column: Int, _ base: FleetHost, _ other: FleetHost, _ grid: Grid
  ) -> [Explained] {
    var splits: [String: GapSplit?] = [:]
    return grid.rows.indices.compactMap { row in
      guard let own = grid[row, column], let theirs = grid[row, grid.baseline],
        let ratio = own.speedup(over: theirs)
      else { return nil }
      let types = own.record.problem.types
      let key = "\(types) \(theirs.record.cores) \(own.record.cores)"
      if splits[key] == nil {
        let models = (
          MachineModel(base, types: types, cores: theirs.record.cores),
          MachineModel(other, types: types, cores: own.record.cores)
        )
        splits[key] = models.0.flatMap { one in
          models.1.map { GapSplit(base: one, other: $0, types: types) }
        }
      }
      guard let split = splits[key] ?? nil, let factors = split.factors(of: own.record) else {
        return nil
      }
      return Explained(row: row, ratio: ratio, factors: factors)
    }
  }

  private static func columns(_ host: String, _ grid: Grid) -> [ReportTable.Column] {
    let lead: [ReportTable.Column] = [
      .init("problem", "\(host) vs \(grid.columnTitle(grid.baseline))"), .init("host", nil),
      .init("ratio", "ratio", .right), .init("bound_base", nil),
      .init("bound", "bound by", spare: 1),
    ]
    let parts = MachinePart.allCases.map {
      ReportTable.Column($0.name, $0.title, .right)
    }
    return lead + parts + [
      .init("limits", "limits", .right, spare: 2), .init("remainder", "remainder", .right),
      .init("noise", "noise", .right, spare: 3),
    ]
  }

  private static func cells(_ row: Explained, _ column: Int, _ grid: Grid) -> [Cell] {
    let (before, after) = (row.factors.base.bound, row.factors.other.bound)
    let bound = before == after ? after : "\(before) → \(after)"
    let isNoise = abs(log(row.remainder)) <= row.noise
    return [
      Cell(grid.rows[row.row].map(\.description).joined(separator: " ")),
      Cell(grid.columnTitle(column)), ratio(row.ratio.ratio), Cell(before),
      Cell(bound, .text(after)),
    ] + row.factors.parts.map(ratio) + [
      ratio(row.factors.explained),
      Cell(
        isNoise ? "(\(Scaled.ratio(row.remainder)))" : Scaled.ratio(row.remainder),
        .number(row.remainder)),
      Cell("± \(Scaled.percent(row.noise))", .number(row.noise)),
    ]
  }

  /// All rows together: geometric means.
  private static func mean(_ rows: [Explained], _ column: Int, _ grid: Grid) -> [Cell] {
    func mean(_ value: (Explained) -> Double) -> Cell {
      ratio(exp(rows.reduce(0) { $0 + log(value($1)) } / Double(rows.count)))
    }
    return [
      Cell("geometric mean of \(rows.count)"), Cell(grid.columnTitle(column)),
      mean(\.ratio.ratio), Cell("", .none), Cell("", .none),
    ] + MachinePart.allCases.map { part in mean { $0.factors.parts[part.rawValue] } } + [
      mean(\.factors.explained), mean(\.remainder), Cell("", .none),
    ]
  }

  private static func ratio(_ value: Double) -> Cell {
    Cell(abs(value - 1) < 0.005 ? "·" : Scaled.ratio(value), .number(value))
  }

  /// What one of them can do that the other lacks.
  private static func lacking(_ base: FleetHost, _ other: FleetHost) -> [ReportBody.Block] {
    let (one, two) = (base.description.extensions, other.description.extensions)
    let sets = (base.description.instructionSet, other.description.instructionSet)
    var sentences: [String] = []
    if let first = sets.0, let second = sets.1, first != second {
      sentences.append("\(base.name) has \(first), \(other.name) \(second).")
    }
    for (name, missing) in [(base.name, two.subtracting(one)), (other.name, one.subtracting(two))]
    where !missing.isEmpty {
      sentences.append("\(name) lacks \(missing.sorted().joined(separator: ", ")).")
    }
    return sentences.isEmpty ? [] : [.paragraph(sentences.joined(separator: " "))]
  }
}
