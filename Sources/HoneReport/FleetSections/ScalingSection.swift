// ScalingSection.swift: the core-budget curve: what each further core brings, problem by problem, and where it stops to pay.

internal import HoneCore

public enum ScalingSection: FleetSection {
  public static let name = "scaling"
  public static let summary =
    "speed-up and efficiency from 1 core to all, and where more cores stop to pay"
  public static let isUsual = false

  /// One problem on one host, from few cores to many.
  struct Curve: Sendable {
    struct Step: Sendable {
      var cores: Int
      var seconds: Double
    }

    var host: Int
    var title: String
    var policy: String
    /// At least two, ascending.
    var steps: [Step]

    /// Against the smallest core count, scaled by it: ideal is the number of cores.
    func speedup(_ index: Int) -> Double {
      Double(steps[0].cores) * steps[0].seconds / steps[index].seconds
    }

    func efficiency(_ index: Int) -> Double { speedup(index) / Double(steps[index].cores) }

    /// The last step before a further core brings less than half of what an ideal one would; nil where every step pays.
    var knee: Int? {
      let first = steps.indices.dropFirst().first { index in
        let gained = speedup(index) - speedup(index - 1)
        return gained < 0.5 * Double(steps[index].cores - steps[index - 1].cores)
      }
      return first.map { $0 - 1 }
    }
  }

  public static func body(of grid: Grid) -> ReportBody? {
    let curves = curves(of: grid)
    guard !curves.isEmpty else { return nil }
    let counts = Set(curves.flatMap { $0.steps.map(\.cores) }).sorted()
    let wide = ReportTable(
      "curves", columns: columns(counts), rows: curves.map { cells($0, counts, grid) })
    let figures = Set(curves.map(\.host)).sorted().map { figure($0, curves, grid) }
    return ReportBody(
      name, title: "Scaling with cores",
      [.table(wide), .table(long(curves, grid))] + figures + [.paragraph(legend)])
  }

  private static let legend =
    "Speed-up over the smallest core count (times that count), and efficiency: speed-up over cores. Knee: the last count before a "
    + "further core brings less than half of what an ideal one would."

  static func curves(of grid: Grid) -> [Curve] {
    struct Key: Hashable {
      var host: Int
      var title: String
      var policy: String
    }
    var order: [Key] = []
    var steps: [Key: [Curve.Step]] = [:]
    for result in grid.fleet.observations
    where grid.projection.filter?.accepts(result, in: grid.fleet) ?? true {
      guard let seconds = result.seconds else { continue }
      let key = Key(
        host: result.host, title: result.row.title, policy: result.record.policy.name)
      if steps[key] == nil { order.append(key) }
      steps[key, default: []].append(.init(cores: result.record.cores, seconds: seconds))
    }
    return order.compactMap { key in
      let own = (steps[key] ?? []).sorted { $0.cores < $1.cores }
      return own.count < 2
        ? nil : Curve(host: key.host, title: key.title, policy: key.policy, steps: own)
    }
  }

  private static func columns(_ counts: [Int]) -> [ReportTable.Column] {
    let lead: [ReportTable.Column] = [
      .init(nil, "host"), .init(nil, "problem"), .init(nil, "operands", spare: 2),
    ]
    return lead + counts.map { .init(nil, $0 == 1 ? "1 core" : "\($0) cores", .right) }
      + [.init(nil, "knee", .right)]
  }

  private static func cells(_ curve: Curve, _ counts: [Int], _ grid: Grid) -> [Cell] {
    let steps = counts.map { count -> Cell in
      guard let index = curve.steps.firstIndex(where: { $0.cores == count }) else {
        return Cell("", .none)
      }
      let speedup = Scaled.ratio(curve.speedup(index))
      return Cell("\(speedup) \(Scaled.percent(curve.efficiency(index)))")
    }
    return [Cell(grid.fleet.hosts[curve.host].name), Cell(curve.title), Cell(curve.policy)] + steps
      + [curve.knee.map { Cell(curve.steps[$0].cores) } ?? Cell("none", .none)]
  }

  private static func long(_ curves: [Curve], _ grid: Grid) -> ReportTable {
    ReportTable(
      "scaling",
      columns: ["host", "problem", "policy", "cores", "seconds", "speedup", "efficiency", "knee"]
        .map { .init($0, nil) },
      rows: curves.flatMap { curve in
        curve.steps.indices.map { index in
          [
            Cell(grid.fleet.hosts[curve.host].name), Cell(curve.title), Cell(curve.policy),
            Cell(curve.steps[index].cores), .number(curve.steps[index].seconds),
            .number(curve.speedup(index)), .number(curve.efficiency(index)),
            Cell(curve.knee == index ? "yes" : "no"),
          ]
        }
      })
  }

  /// At most a dozen curves: more cannot be told apart.
  private static func figure(_ host: Int, _ curves: [Curve], _ grid: Grid) -> ReportBody.Block {
    let own = curves.filter { $0.host == host }.prefix(12).map { curve in
      CurveFigure.Curve(
        name: curve.title,
        points: curve.steps.indices.map {
          .init(x: Double(curve.steps[$0].cores), y: curve.speedup($0))
        }, knee: curve.knee)
    }
    return .figure(
      .curves(
        CurveFigure(
          title: "Speed-up over cores on \(grid.fleet.hosts[host].name)",
          alternative: "\(own.count) curves; a circle marks the knee, the dashed line is ideal.",
          curves: own)))
  }
}
