// LongTable.swift: a comparison for programs: one row a problem and host, everything in base units.

internal import HoneCore

/// The table that CSV and JSON hold.
enum LongTable {
  static func table(_ grid: Grid) -> ReportTable {
    var rows: [[Cell]] = []
    for row in grid.rows.indices {
      for column in grid.columns.indices {
        if let result = grid[row, column] { rows.append(cells(result, row, column, grid)) }
      }
    }
    return ReportTable("results", columns: columns, rows: rows)
  }

  private static let columns: [ReportTable.Column] = [
    "host", "hardware_class", "synthetic", "operation", "types", "problem", "key", "cores",
    "policy", "weight", "tuned_seconds", "tuned_low", "tuned_high", "samples", "noise_floor",
    "limit_share", "limit", "ratio", "ratio_low", "ratio_high", "verdict", "default_seconds",
    "speedup_default", "other_backend", "other_seconds", "configuration", "ties", "flops",
    "bytes", "joules", "session", "time",
  ].map { ReportTable.Column($0, nil) }

  private static func cells(
    _ result: Observation, _ row: Int, _ column: Int, _ grid: Grid
  ) -> [Cell] {
    let record = result.record
    let host = grid.fleet.hosts[result.host]
    let interval = record.measurement?.interval
    return [
      Cell(host.name), Cell(host.hardwareClass), Cell(host.isSynthetic ? "yes" : "no"),
      Cell(record.problem.operation), Cell(record.problem.types), Cell(result.row.title),
      Cell(record.problem.key), Cell(record.cores), Cell(record.policy.name),
      .number(result.row.weight), .number(result.seconds), .number(interval?.low),
      .number(interval?.high), Cell(record.measurement?.samples.count ?? 0),
      .number(record.noiseFloor), .number(result.row.share?.share),
      text(result.row.share?.bound),
    ] + ratio(row, column, grid) + rest(result)
  }

  private static func ratio(_ row: Int, _ column: Int, _ grid: Grid) -> [Cell] {
    guard let speedup = grid.speedup(row, column) else {
      let word = column == grid.baseline ? "base" : "unknown"
      return [.number(nil), .number(nil), .number(nil), Cell(word)]
    }
    let verdict = speedup.verdict(noiseFloor: grid.noiseFloor(row, column))
    return [
      .number(speedup.ratio), .number(speedup.interval.low), .number(speedup.interval.high),
      Cell(verdict.rawValue),
    ]
  }

  private static func rest(_ result: Observation) -> [Cell] {
    let record = result.record
    return [
      .number(result.row.defaultSeconds), .number(result.row.speedup),
      text(result.row.otherName), .number(result.row.otherSeconds),
      Cell(record.configuration.key), Cell(result.tied.count), .number(result.cost?.flops),
      .number(result.cost?.bytes), .number(result.joules), Cell(record.provenance.session),
      Cell(record.provenance.time),
    ]
  }

  private static func text(_ value: String?) -> Cell { value.map { Cell($0) } ?? Cell("", .none) }
}
