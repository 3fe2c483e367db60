// TransferSection.swift: what hosts lose with each other's configurations, and how well one set serves them all.

internal import HoneCore
public import HoneDatabase

public enum TransferSection: FleetSection {
  public static let name = "transfer"
  public static let summary = "what a host loses when it runs what was tuned on another one"
  public static let isUsual = false
  public static let needs = RecordPart.all

  public static func body(of grid: Grid) -> ReportBody? {
    let matrix = TransferMatrix(grid)
    guard matrix.columns.count > 1 else { return nil }
    let names = matrix.columns.map(grid.columnTitle)
    let blocks: [ReportBody.Block?] = [
      .table(losses(matrix, names)), .figure(figure(matrix, names)), portability(matrix, names),
      shapes(matrix, names, grid), .table(long(matrix, names, grid)), .paragraph(legend),
    ]
    return ReportBody(name, title: "Transfer", blocks.compactMap { $0 })
  }

  private static let legend =
    "Loss: how much longer a host takes with the configurations tuned on the host of the column than with its own; weighted by the "
    + "workload. Measured where the host's records contain the configuration (`hone transplant` measures it); ≈ is "
    + "predicted for some problems from the most similar configuration measured there; where it cannot run, its default counts. "
    + "Portability: harmonic mean of the efficiencies of one shared set (Pennycook, Sewall and Lee 2016); own sets have 1."

  private static func loss(_ value: (loss: Double, measured: Int, total: Int)?, _ isOwn: Bool)
    -> Cell
  {
    guard let value else { return Cell("–", .none) }
    if isOwn { return Cell("own", .number(0)) }
    let sign = value.measured < value.total ? "≈ +" : "+"
    return Cell(
      sign + Scaled.percent(value.loss), .number(value.loss),
      tone: value.loss > 0.05 ? .worse : .plain)
  }

  private static func losses(_ matrix: TransferMatrix, _ names: [String]) -> ReportTable {
    let columns =
      [ReportTable.Column(nil, "runs on \\ tuned on")]
      + (names + ["default"]).map { ReportTable.Column(nil, $0, .right) }
    let rows = names.indices.map { on in
      [Cell(names[on])] + (0...names.count).map { loss(matrix.loss(on: on, from: $0), $0 == on) }
    }
    return ReportTable("matrix", columns: columns, rows: rows)
  }

  private static func figure(_ matrix: TransferMatrix, _ names: [String]) -> Figure {
    let boxes = names.indices.map { on in
      (0...names.count).map { from -> HeatMapFigure.Box in
        let cell = loss(matrix.loss(on: on, from: from), on == from)
        return .init(text: cell.text, ratio: matrix.loss(on: on, from: from).map { 1 + $0.loss })
      }
    }
    return .heatMap(
      HeatMapFigure(
        title: "Loss with another host's configurations",
        alternative:
          "\(names.count) hosts (rows) with the configurations of each (columns) and the default.",
        rows: names, columns: names + ["default"], boxes: boxes, isMoreBetter: false))
  }

  private static func portability(
    _ matrix: TransferMatrix, _ names: [String]
  ) -> ReportBody.Block? {
    let rows = (0...names.count).map { from -> [Cell] in
      let losses = names.indices.compactMap { on in
        matrix.loss(on: on, from: from).map { (on: on, loss: $0.loss) }
      }
      let worst = losses.max { $0.loss < $1.loss }
      let value = matrix.portability(from: from)
      return [
        Cell(from == names.count ? "default" : "tuned on \(names[from])"),
        Cell(value.map { Scaled.decimals($0, 3) } ?? "–", value.map { .number($0) } ?? .none),
        Cell(worst.map { "\(names[$0.on]) (+\(Scaled.percent($0.loss)))" } ?? "–"),
      ]
    }
    return .table(
      ReportTable(
        "portability",
        columns: [
          .init("set", "one set for all"), .init("portability", "portability", .right),
          .init("worst", "loses most"),
        ], rows: rows))
  }

  /// Shape by shape for a few hosts; more are for programs.
  private static func shapes(
    _ matrix: TransferMatrix, _ names: [String], _ grid: Grid
  ) -> ReportBody.Block? {
    guard names.count <= 4 else { return nil }
    let rows = grid.rows.indices.flatMap { row in
      names.indices.compactMap { on -> [Cell]? in
        let cells = names.indices.map { from -> Cell in
          guard let entry = matrix.entries[on][from].first(where: { $0.row == row }) else {
            return Cell("–", .none)
          }
          let isMeasured = entry.loss.evidence != .predicted
          return loss((entry.loss.loss, isMeasured ? 1 : 0, 1), on == from)
        }
        guard cells.contains(where: { $0.value != .none }) else { return nil }
        return [Cell(grid.rows[row].map(\.description).joined(separator: " ")), Cell(names[on])]
          + cells
      }
    }
    let columns: [ReportTable.Column] = [.init(nil, "problem"), .init(nil, "runs on")]
    return .table(
      ReportTable("shapes", columns: columns + names.map { .init(nil, $0, .right) }, rows: rows))
  }

  private static func long(
    _ matrix: TransferMatrix, _ names: [String], _ grid: Grid
  ) -> ReportTable {
    var rows: [[Cell]] = []
    for (on, name) in names.enumerated() {
      for (from, entries) in matrix.entries[on].enumerated() {
        for entry in entries {
          rows.append([
            Cell(grid.rows[entry.row].map(\.description).joined(separator: " ")), Cell(name),
            Cell(from == names.count ? "default" : names[from]), .number(entry.loss.loss),
            Cell(entry.loss.evidence.rawValue),
          ])
        }
      }
    }
    return ReportTable(
      "transfer",
      columns: ["problem", "runs_on", "tuned_on", "loss", "evidence"].map { .init($0, nil) },
      rows: rows)
  }
}
