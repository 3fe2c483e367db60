// FleetResultsSection.swift: hosts side by side: time, share of the host's own limit, ratio to the base, default and library.

internal import HoneCore

public enum FleetResultsSection: FleetSection {
  public static let name = "results"
  public static let summary =
    "hosts side by side: times, shares of their limits, ratios to the base"
  public static let isUsual = true

  public static func body(of grid: Grid) -> ReportBody? {
    guard !grid.rows.isEmpty else { return nil }
    let notes = Notes(grid)
    let wide = ReportTable(
      "side_by_side", columns: leadColumns(grid) + hostColumns(grid, notes),
      rows: grid.rows.indices.map { wideCells($0, grid) })
    let figures: [ReportBody.Block?] = [heatMap(grid), intervals(grid)]
    return ReportBody(
      name, title: title(grid),
      [.table(wide), .table(LongTable.table(grid))]
        + figures.compactMap { $0 } + [.paragraph(legend(grid))])
  }

  private static func title(_ grid: Grid) -> String {
    grid.columns.count == 1
      ? "Results of \(grid.columnTitle(0))"
      : "Results, compared with \(grid.columnTitle(grid.baseline))"
  }

  // MARK: - For people

  private static func leadColumns(_ grid: Grid) -> [ReportTable.Column] {
    grid.projection.rows.map { .init(nil, $0.name == "policy" ? "operands" : $0.name) }
  }

  private static func hostColumns(_ grid: Grid, _ notes: Notes) -> [ReportTable.Column] {
    grid.columns.indices.flatMap { index -> [ReportTable.Column] in
      let isBase = index == grid.baseline
      let base = isBase && grid.columns.count > 1 ? " (base)" : ""
      let marks = grid.hostPosition(ofColumn: index).map { notes.marks(ofHost: $0) } ?? ""
      let group = FleetHostsSection.marked(grid.columnTitle(index) + base, marks)
      let columns: [ReportTable.Column] = [
        .init(nil, "time", .right, group: group),
        .init(nil, "of limit", .right, spare: 1, group: group),
        .init(nil, "default", .right, spare: 3, group: group),
        .init(nil, "library", .right, spare: 2, group: group),
      ]
      let energy = ReportTable.Column(nil, "energy", .right, spare: 4, group: group)
      return columns + (isMetered(index, grid) ? [energy] : [])
        + (isBase ? [] : [.init(nil, "vs base", group: group)])
    }
  }

  private static func wideCells(_ row: Int, _ grid: Grid) -> [Cell] {
    grid.rows[row].map { Cell($0.description) }
      + grid.columns.indices.flatMap { column -> [Cell] in
        let isBase = column == grid.baseline
        let isMetered = isMetered(column, grid)
        guard let result = grid[row, column] else {
          let reason = Notes.absence(row, column, grid)
          return [Cell(reason, .none)] + blanks(3 + (isMetered ? 1 : 0) + (isBase ? 0 : 1))
        }
        return [time(result), share(result), .seconds(result.row.defaultSeconds), library(result)]
          + (isMetered ? [energy(result)] : []) + (isBase ? [] : [ratio(row, column, grid)])
      }
  }

  /// Hosts without meters have no column for what they cannot say.
  private static func isMetered(_ column: Int, _ grid: Grid) -> Bool {
    grid.rows.indices.contains { grid[$0, column]?.joules != nil }
  }

  private static func energy(_ result: Observation) -> Cell {
    Cell(
      result.joules.map(Scaled.joules) ?? "–", result.joules.map { .number($0) } ?? .none)
  }

  private static func blanks(_ count: Int) -> [Cell] {
    Array(repeating: Cell("", .none), count: count)
  }

  /// "6.91 ms ± 1 %".
  static func time(_ result: Observation) -> Cell {
    guard let seconds = result.seconds else { return .seconds(nil) }
    let error = result.relativeError.map { " ± \(Scaled.percent($0))" } ?? ""
    return Cell(Scaled.seconds(seconds) + error, .number(seconds))
  }

  private static func share(_ result: Observation) -> Cell {
    guard let share = result.row.share else { return Cell("–", .none) }
    return Cell(Scaled.percent(share.share), .number(share.share))
  }

  private static func library(_ result: Observation) -> Cell {
    guard let name = result.row.otherName, let seconds = result.row.otherSeconds else {
      return Cell("–", .none)
    }
    return Cell("\(name) \(Scaled.seconds(seconds))", .number(seconds))
  }

  private static func ratio(_ row: Int, _ column: Int, _ grid: Grid) -> Cell {
    if let speedup = grid.speedup(row, column) {
      let floor = grid.noiseFloor(row, column)
      return Cell(
        speedup.text(noiseFloor: floor), .number(speedup.ratio),
        tone: speedup.verdict(noiseFloor: floor).tone)
    }
    guard let base = grid[row, grid.baseline]?.seconds, let own = grid[row, column]?.seconds else {
      return Cell("–", .none)
    }
    return Cell("? \(Scaled.ratio(base / own)) (too few samples)", .number(base / own))
  }

  // MARK: - Pictures

  private static func heatMap(_ grid: Grid) -> ReportBody.Block? {
    guard grid.columns.count > 1, !grid.rows.isEmpty else { return nil }
    let boxes = grid.rows.indices.map { row in
      grid.columns.indices.map { column -> HeatMapFigure.Box in
        guard let base = grid[row, grid.baseline]?.seconds, let own = grid[row, column]?.seconds
        else { return .init(text: "–", ratio: nil) }
        return .init(text: Scaled.decimals(base / own, 2), ratio: base / own)
      }
    }
    let base = grid.columnTitle(grid.baseline)
    return .figure(
      .heatMap(
        HeatMapFigure(
          title: "How many times as fast as \(base)",
          alternative: "\(grid.rows.count) problems by \(grid.columns.count) columns; "
            + "1 is as fast as \(base). The numbers are in the table of results.",
          rows: grid.rows.map { $0.map(\.description).joined(separator: " ") },
          columns: grid.columns.indices.map(grid.columnTitle), boxes: boxes, isMoreBetter: true)))
  }

  /// Of the columns' geometric means where there are many rows would say little: every row of up to 40.
  private static func intervals(_ grid: Grid) -> ReportBody.Block? {
    let bars = grid.rows.indices.flatMap { row in
      grid.columns.indices.compactMap { column -> IntervalFigure.Bar? in
        guard let speedup = grid.speedup(row, column) else { return nil }
        let label = grid.rows[row].map(\.description).joined(separator: " ")
        return IntervalFigure.Bar(
          label: grid.columns.count > 2 ? "\(label) · \(grid.columnTitle(column))" : label,
          value: speedup.ratio, low: speedup.interval.low, high: speedup.interval.high,
          tone: speedup.verdict(noiseFloor: grid.noiseFloor(row, column)).tone)
      }
    }
    guard !bars.isEmpty else { return nil }
    let shown = Array(bars.prefix(60))
    let left = bars.count > 60 ? " (the first 60 of \(bars.count))" : ""
    return .figure(
      .intervals(
        IntervalFigure(
          title: "Ratios to \(grid.columnTitle(grid.baseline)) with 95 % intervals\(left)",
          alternative: "\(shown.count) ratios with their intervals; right of 1 is faster.",
          bars: shown)))
  }

  private static func legend(_ grid: Grid) -> String {
    guard grid.columns.count > 1 else {
      return "Time: median ± half of its 95 % interval. Of limit: share of the host's own roofline."
    }
    return
      "vs base: time of the base over time of this host; + faster, ~ no difference shown, − slower: shown where the "
      + "95 % interval excludes 1 and the difference is above both noise floors. The two were not measured together: ratio "
      + "of medians, interval after Price and Bonett (2002), widened where samples depend on their neighbours; drift from one "
      + "session to another is not in it. Of limit: share of the host's own roofline."
  }
}
