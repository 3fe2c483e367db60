// Genetic.swift: a genetic algorithm: children of two good points, with mutations.

public import HoneCore

/// Start points and random ones fill the population; then each proposal is a child of two parents, each the best of a few drawn from the
/// population: every parameter from either, some mutated. Parents of different branches do not mix: the child mutates the better one.
/// The population is the best points so far, so a good point stays until it is beaten.
public struct Genetic: Strategy {
  public static let name = "genetic"
  public static let summary = "children of two good configurations, with mutations"
  public static let options = [population, mutation, tournament]

  static let population = StrategyOption(
    "population", "points that may become parents", default: 20, in: 2...1000)
  static let mutation = StrategyOption(
    "mutation", "mean number of mutated parameters of a child", default: 1, in: 0...50)
  static let tournament = StrategyOption(
    "tournament", "points drawn for each parent, of which the best is taken", default: 2,
    in: 1...100)

  private var ledger: Ledger
  private let size: Int
  private let mutationRate: Double
  private let rivals: Int
  /// The best points so far, best first.
  private var parents: [(point: Point, value: Double)] = []
  private let initialPoints: Int

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    size = Int(task.value(of: Self.population))
    mutationRate = task.value(of: Self.mutation)
    rivals = Int(task.value(of: Self.tournament))
    initialPoints = min(size, max(2, task.budget / 4))
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextInitial(initialPoints) { return point }
    return child() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    guard let index = ledger.note(evaluation), let value = ledger.values[index] ?? nil else {
      return
    }
    let place = parents.firstIndex { $0.value > value } ?? parents.count
    parents.insert((evaluation.point, value), at: place)
    if parents.count > size { parents.removeLast() }
  }

  /// A new valid child; nil where a number of tries produced none.
  private mutating func child() -> Point? {
    guard !parents.isEmpty else { return nil }
    for attempt in 0..<40 {
      let (first, second) = (parent(), parent())
      var child = first
      if first.branch == second.branch {
        for position in child.indices.indices where ledger.generator.below(2) == 0 {
          child.indices[position] = second.indices[position]
        }
      }
      // Where the population has become alike, children must differ more and more to be new.
      mutate(&child, rate: mutationRate * (1 + Double(attempt) / 10))
      if let point = ledger.propose(child) { return point }
    }
    return nil
  }

  private mutating func parent() -> Point {
    let places = (0..<rivals).map { _ in ledger.generator.below(parents.count) }
    return parents[places.min() ?? 0].point
  }

  private mutating func mutate(_ point: inout Point, rate: Double) {
    let parameters = ledger.tree.space.branches[point.branch].parameters
    let probability = rate / Double(max(1, parameters.count))
    for (position, parameter) in parameters.enumerated()
    where ledger.generator.unit() < probability {
      point.indices[position] = ledger.generator.moved(point.indices[position], parameter)
    }
  }
}
