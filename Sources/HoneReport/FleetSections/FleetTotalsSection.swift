// FleetTotalsSection.swift: hosts over the problems that all of them have: weighted total, and geometric mean of the ratios.

internal import Glibc
internal import HoneCore

public enum FleetTotalsSection: FleetSection {
  public static let name = "totals"
  public static let summary =
    "weighted totals and geometric means over the rows that all hosts have"
  public static let isUsual = true

  public static func body(of grid: Grid) -> ReportBody? {
    let common = grid.commonRows
    guard !common.isEmpty else { return nil }
    let groups = groups(common, grid)
    let table = ReportTable(
      "totals", columns: columns(grid), rows: groups.map { wideCells($0.name, $0.rows, grid) })
    let long = ReportTable(
      "host_totals",
      columns: ["group", "rows", "host", "total_seconds", "ratio_total", "geometric_mean"]
        .map { .init($0, nil) },
      rows: groups.flatMap { group in
        grid.columns.indices.map { longCells(group.name, group.rows, $0, grid) }
      })
    let count =
      common.count == grid.rows.count
      ? "All \(common.count) rows" : "\(common.count) of \(grid.rows.count) rows"
    return ReportBody(
      name, title: "All together",
      [
        .table(table), .table(long),
        .paragraph(
          "\(count) that every column has. Totals are weighted by the workload; the geometric mean of ratios is not."
        ),
      ])
  }

  /// Rows by operation and types, then all of them where that is more than one group.
  private static func groups(_ rows: [Int], _ grid: Grid) -> [(name: String, rows: [Int])] {
    var names: [String] = []
    var members: [String: [Int]] = [:]
    for row in rows {
      guard let problem = grid[row, grid.baseline]?.record.problem else { continue }
      let name = "\(problem.operation) \(problem.types)"
      if members[name] == nil { names.append(name) }
      members[name, default: []].append(row)
    }
    let groups = names.map { (name: $0, rows: members[$0] ?? []) }
    return groups.count > 1 ? groups + [("all", rows)] : groups
  }

  private static func columns(_ grid: Grid) -> [ReportTable.Column] {
    let lead: [ReportTable.Column] = [.init(nil, ""), .init(nil, "rows", .right)]
    return lead
      + grid.columns.indices.flatMap { index -> [ReportTable.Column] in
        let title = grid.columnTitle(index)
        let total = ReportTable.Column(nil, "total", .right, group: title)
        guard index != grid.baseline else { return [total] }
        return [
          total, .init(nil, "ratio", .right, spare: 1, group: title),
          .init(nil, "geomean", group: title),
        ]
      }
  }

  private static func wideCells(_ name: String, _ rows: [Int], _ grid: Grid) -> [Cell] {
    let base = total(rows, grid.baseline, grid)
    return [Cell(name), Cell(rows.count)]
      + grid.columns.indices.flatMap { column -> [Cell] in
        let own = total(rows, column, grid)
        guard column != grid.baseline else { return [.seconds(own)] }
        return [
          .seconds(own), Cell(Scaled.ratio(base / own), .number(base / own)),
          mean(rows, column, grid),
        ]
      }
  }

  private static func longCells(
    _ name: String, _ rows: [Int], _ column: Int, _ grid: Grid
  ) -> [Cell] {
    let own = total(rows, column, grid)
    return [
      Cell(name), Cell(rows.count), Cell(grid.columnTitle(column)), .number(own),
      .number(total(rows, grid.baseline, grid) / own), .number(ratio(rows, column, grid)?.ratio),
    ]
  }

  static func total(_ rows: [Int], _ column: Int, _ grid: Grid) -> Double {
    rows.reduce(0) { sum, row in
      sum + (grid[row, grid.baseline]?.row.weight ?? 1) * (grid[row, column]?.seconds ?? .nan)
    }
  }

  private static func mean(_ rows: [Int], _ column: Int, _ grid: Grid) -> Cell {
    guard let mean = ratio(rows, column, grid) else { return Cell("–", .none) }
    let floors = rows.map { grid.noiseFloor($0, column) }.sorted()
    let floor = floors[floors.count / 2]
    return Cell(
      mean.text(noiseFloor: floor), .number(mean.ratio),
      tone: mean.verdict(noiseFloor: floor).tone)
  }

  /// The geometric mean of the ratios; problems are independent measurements, so variances add.
  private static func ratio(_ rows: [Int], _ column: Int, _ grid: Grid) -> UnpairedRatio? {
    guard column != grid.baseline else { return nil }
    let ratios = rows.compactMap { grid.speedup($0, column) }
    guard ratios.count == rows.count, !ratios.isEmpty else { return nil }
    let count = Double(ratios.count)
    return UnpairedRatio(
      logarithm: ratios.reduce(0) { $0 + log($1.ratio) } / count,
      variance: ratios.reduce(0) { $0 + $1.variance } / (count * count),
      samples: ratios.map(\.samples).min() ?? 0, confidence: 0.95)
  }
}
