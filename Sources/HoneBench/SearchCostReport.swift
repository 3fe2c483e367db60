// SearchCostReport.swift: times to build spaces of a million valid configurations, and to make proposals in them.

internal import HoneCore
internal import HoneSearch

enum SearchCostReport {
  /// Nine parameters of ten values: 10⁹ combinations, and about a million valid ones.
  private static let parameters = (0..<9).map { index in
    Parameter("p\(index)", (0..<10).map { .int($0) })
  }

  private static func space(_ constraints: [Constraint]) -> Space {
    Space([
      Branch(
        backend: "bench", variant: "bench", parameters: parameters, constraints: constraints,
        defaults: parameters.map { _ in 0 })
    ])
  }

  /// Each parameter is tied to the one before: equal prefixes share their subtrees.
  private static let chain = space(
    (1..<9).map { index in
      Constraint("close", over: ["p\(index - 1)", "p\(index)"]) { values in
        abs((values[0].int ?? 0) - (values[1].int ?? 0)) <= 2
      }
    })

  /// Every parameter is tied to all before: nothing can be shared, and each valid prefix is a node.
  private static let prefixes = space(
    (1..<9).map { index in
      Constraint("few", over: (0...index).map { "p\($0)" }) { values in
        var sum = 0
        for value in values { sum += value.int ?? 0 }
        return sum <= 15
      }
    })

  /// The first parameter is tied to each of the others.
  private static let star = space(
    (1..<9).map { index in
      Constraint("multiple", over: ["p0", "p\(index)"]) { values in
        (values[0].int ?? 0) + (values[1].int ?? 0) >= 9
      }
    })

  private static let cases = [
    ("each tied to the one before", chain), ("all tied to the first", star),
    ("each tied to all before", prefixes),
  ]

  static func spaces() throws {
    print("## Building a space\n")
    SearchBenchmark.row(["9 parameters of 10 values", "valid of 10⁹", "CPU s"])
    SearchBenchmark.row(["---", "---:", "---:"])
    for (name, space) in cases {
      var count = 0
      let seconds = try SearchBenchmark.seconds { () throws -> Void in
        count = try SpaceTree(space).count
      }
      SearchBenchmark.row([name, "\(count)", SearchBenchmark.fixed(seconds, 3)])
    }
    print()
  }

  /// Mean CPU time of a proposal and its answer over a whole run.
  static func proposals(_ options: SearchBenchmark.Options) throws {
    print("## Cost of a proposal\n")
    SearchBenchmark.row(
      ["strategy"] + cases.map { "ms, \($0.0)" })
    SearchBenchmark.row(["---"] + cases.map { _ in "---:" })
    let trees = try cases.map { try SpaceTree($0.1) }
    for name in options.strategies {
      var cells = [name]
      for tree in trees {
        let task = SearchTask(tree: tree, budget: options.budget, seed: 1)
        var strategy = try Strategies.make(name: name, task: task)
        let seconds = SearchBenchmark.seconds {
          for _ in 0..<options.budget {
            guard let point = strategy.ask() else { break }
            strategy.tell(Evaluation(point: point, value: value(point)))
          }
        }
        cells.append(SearchBenchmark.fixed(seconds / Double(options.budget) * 1000, 3))
      }
      SearchBenchmark.row(cells)
    }
    print()
  }

  /// A bowl with an interaction and ripples; one point in eight fails.
  private static func value(_ point: Point) -> Double? {
    var sum = 10.0
    var hash = 0
    for (place, index) in point.indices.enumerated() {
      let distance = Double(index - place) / 10
      sum += distance * distance
      hash = hash &* 31 &+ index
    }
    sum += Double(point.indices[0] * point.indices[3]) / 50 + Double(hash % 7) / 20
    return hash % 8 == 3 ? nil : sum
  }
}
