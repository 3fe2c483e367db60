// StrategyFixtures.swift: small spaces with every feature that a strategy meets, and objectives over them.

public import HoneCore

public enum StrategyFixtures {
  /// One point; a line; a grid with coupled constraints; several branches with categorical parameters, one branch without any; a space
  /// whose valid points are all isolated.
  public static let spaces: [(name: String, space: Space)] = [
    ("one point", Space([Branch(backend: "b", variant: "only", parameters: [], defaults: [])])),
    ("line", Space([branch("line", [ordinal("x", 30)])])),
    ("grid", grid),
    ("branches", branches),
    ("isolated points", isolated),
  ]

  /// `spaces` with at least one valid point each, as trees.
  public static let trees: [(name: String, tree: SpaceTree)] = spaces.compactMap { row in
    (try? SpaceTree(row.space)).map { (row.name, $0) }
  }

  /// Smaller is better: a bowl around a point of each branch, rippled; deterministic. nil for a third of the points where `failing`.
  public static func value(of point: Point, in tree: SpaceTree, failing: Bool = false) -> Double? {
    guard let index = tree.index(of: point) else { return nil }
    if failing && (index &* 7919) % 3 == 1 { return nil }
    var value = 10 + Double(point.branch)
    for (parameter, index) in zip(tree.space.branches[point.branch].parameters, point.indices) {
      let best = parameter.values.count * 2 / 3
      let distance = Double(index - best) / Double(parameter.values.count)
      value += distance * distance + 0.01 * Double((index * 5) % 3)
    }
    return value
  }

  public static func ordinal(_ name: String, _ count: Int) -> Parameter {
    Parameter(name, (1...count).map { .int($0) })
  }

  public static func branch(
    _ variant: String, _ parameters: [Parameter], _ constraints: [Constraint] = []
  )
    -> Branch
  {
    Branch(
      backend: "b", variant: variant, parameters: parameters, constraints: constraints,
      defaults: parameters.map { _ in 0 })
  }

  private static var grid: Space {
    Space([
      branch(
        "grid", [ordinal("x", 8), ordinal("free", 3), ordinal("y", 8)],
        [
          Constraint("x · y ≤ 16", over: ["x", "y"]) { values in
            (values[0].int ?? 0) * (values[1].int ?? 0) <= 16
          }
        ])
    ])
  }

  private static var branches: Space {
    let place = Parameter("place", ["near", "far", "spread"], kind: .categorical)
    return Space([
      branch("plain", []),
      branch("tiled", [ordinal("mc", 6), ordinal("threads", 4), place]),
      branch("flat", [ordinal("threads", 3), place]),
      branch("none", [ordinal("x", 3)], [Constraint("never", over: ["x"]) { _ in false }]),
    ])
  }

  /// x + y + z divisible by 3 and all equal modulo 4: a step in one parameter is never valid.
  private static var isolated: Space {
    let names = ["x", "y", "z"]
    return Space([
      branch(
        "isolated", names.map { ordinal($0, 12) },
        [
          Constraint("x ≡ y mod 6", over: ["x", "y"]) { values in
            ((values[0].int ?? 0) - (values[1].int ?? 0)) % 6 == 0
          },
          Constraint("y ≡ z mod 6", over: ["y", "z"]) { values in
            ((values[0].int ?? 0) - (values[1].int ?? 0)) % 6 == 0
          },
        ])
    ])
  }
}
