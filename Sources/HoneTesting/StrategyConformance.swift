// StrategyConformance.swift: what every strategy must do, as one function: run it on each row of the registry and on your own.

internal import HoneCore
public import HoneSearch

/// Plays a strategy through small spaces and returns what it did wrong, one sentence each; empty is right.
///
/// It checks that proposals are valid and never repeated, alone and in batches, also when answers come late, fail or are of points
/// that were never asked for; that start points come first; that every point is proposed in the end; and that the same seed gives
/// the same sequence.
public func checkStrategy(_ type: any Strategy.Type) -> [String] {
  var complaints: [String] = []
  for (name, tree) in StrategyFixtures.trees {
    for batch in [1, 7] {
      complaints += checkRun(type, tree, batch: batch).map { "\(name), batches of \(batch): \($0)" }
    }
    complaints += checkStart(type, tree).map { "\(name): \($0)" }
    complaints += checkReplay(type, tree).map { "\(name): \($0)" }
    if proposals(type, tree, seed: 3) != proposals(type, tree, seed: 3) {
      complaints.append("\(name): the same seed gives another sequence")
    }
  }
  return complaints + checkOptions(type)
}

/// Asks until nothing is left; a third of the points fails.
private func checkRun(_ type: any Strategy.Type, _ tree: SpaceTree, batch: Int) -> [String] {
  var strategy = type.init(SearchTask(tree: tree, budget: tree.count / 2 + 1, seed: 11))
  var seen: Set<Int> = []
  while true {
    var asked: [Point] = []
    while asked.count < batch, let point = strategy.ask() {
      guard let index = tree.index(of: point) else { return ["\(point) is not in the space"] }
      guard seen.insert(index).inserted else { return ["\(point) was proposed twice"] }
      asked.append(point)
    }
    if asked.isEmpty { break }
    for point in asked.reversed() {
      strategy.tell(
        Evaluation(point: point, value: StrategyFixtures.value(of: point, in: tree, failing: true)))
    }
  }
  return seen.count == tree.count
    ? [] : ["it proposed \(seen.count) of \(tree.count) configurations and then nothing"]
}

/// Start points come first and in order; invalid and repeated ones are left out.
private func checkStart(_ type: any Strategy.Type, _ tree: SpaceTree) -> [String] {
  let first = tree.count - 1
  let numbers = tree.count > 1 ? [first, tree.count / 2 - 1] : [first]
  let expected = numbers.compactMap(tree.point(at:))
  let start = [Point(branch: 99, indices: [])] + expected.flatMap { [$0, $0] }
  var strategy = type.init(SearchTask(tree: tree, budget: 10, seed: 5, start: start))
  let asked = expected.compactMap { _ in strategy.ask() }
  return asked == expected ? [] : ["start points do not come first, in order"]
}

/// Points told without having been asked for, as on resuming, are not proposed again; foreign ones do no harm.
private func checkReplay(_ type: any Strategy.Type, _ tree: SpaceTree) -> [String] {
  var strategy = type.init(SearchTask(tree: tree, budget: tree.count, seed: 2))
  let told = stride(from: 0, to: tree.count, by: 2).compactMap(tree.point(at:))
  strategy.tell(Evaluation(point: Point(branch: 7, indices: [1]), value: 0))
  for point in told {
    strategy.tell(Evaluation(point: point, value: StrategyFixtures.value(of: point, in: tree)))
  }
  var rest = 0
  while let point = strategy.ask() {
    if told.contains(point) { return ["it proposed a point that had been told before"] }
    strategy.tell(Evaluation(point: point, value: .nan))
    rest += 1
  }
  return rest == tree.count - told.count ? [] : ["after a replay it proposed \(rest) points"]
}

private func proposals(_ type: any Strategy.Type, _ tree: SpaceTree, seed: UInt64) -> [Point] {
  var strategy = type.init(SearchTask(tree: tree, budget: 40, seed: seed))
  var result: [Point] = []
  while result.count < 40, let point = strategy.ask() {
    result.append(point)
    strategy.tell(Evaluation(point: point, value: StrategyFixtures.value(of: point, in: tree)))
  }
  return result
}

private func checkOptions(_ type: any Strategy.Type) -> [String] {
  var complaints: [String] = []
  if type.name.isEmpty || type.summary.isEmpty { complaints.append("no name or no summary") }
  for option in type.options where !option.range.contains(option.fallback) {
    complaints.append("the default of '\(option.name)' is outside its range")
  }
  if Set(type.options.map(\.name)).count != type.options.count {
    complaints.append("two options have the same name")
  }
  return complaints
}
