// Annealing.swift: simulated annealing: a walk that accepts worse points ever more rarely.

internal import Glibc
public import HoneCore

/// Start points and a few random ones, then a walk from the best of them. A neighbour that is worse by d, in units of what lies between the best value and the median, is accepted with
/// probability exp(−d / temperature), and the temperature falls geometrically over the budget. Points whose value is known are walked
/// over without asking again (Kirkpatrick, Gelatt and Vecchi 1983; the bookkeeping is ours).
public struct Annealing: Strategy {
  public static let name = "annealing"
  public static let summary = "simulated annealing over neighbours, cooling with the budget"
  public static let options = [initial, hot, cold]

  static let initial = StrategyOption(
    "initial", "random points before the walk, as a share of the budget", default: 0.1, in: 0...1)
  static let hot = StrategyOption(
    "hot", "temperature at the start, as a share of what lies between the best and the median",
    default: 0.3, in: 1e-6...10)
  static let cold = StrategyOption(
    "cold", "temperature at the end of the budget, as the same share", default: 0.005, in: 1e-9...10
  )

  private var ledger: Ledger
  private let initialPoints: Int
  private let budget: Int
  private let temperatures: (hot: Double, cold: Double)
  private var current: (index: Int, value: Double)?
  /// All values, ascending.
  private var sorted: [Double] = []

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    budget = max(1, task.budget)
    initialPoints = task.initialPoints(share: task.value(of: Self.initial))
    temperatures = (task.value(of: Self.hot), task.value(of: Self.cold))
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextInitial(initialPoints) { return point }
    return walk() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    guard let index = ledger.note(evaluation), let value = ledger.values[index] ?? nil else {
      return
    }
    sorted.insert(value, at: sorted.firstIndex { $0 > value } ?? sorted.count)
    let isInitial = ledger.seen.count <= initialPoints || current == nil
    if isInitial ? value <= ledger.best?.value ?? value : accepts(value) {
      current = (index, value)
    }
  }

  /// Walks over known points until it meets a new one. After as many steps as a walk can sensibly take it gives up: the region is known.
  private mutating func walk() -> Point? {
    for _ in 0..<100 {
      guard let current, let origin = ledger.tree.point(at: current.index) else { return nil }
      guard let index = ledger.tree.index(of: move(from: origin)), index != current.index else {
        continue
      }
      if let point = ledger.propose(index) { return point }
      if let value = ledger.values[index] ?? nil, accepts(value) { self.current = (index, value) }
    }
    return nil
  }

  /// A point close by, valid or not: mostly one parameter changes, sometimes two, now and then the branch.
  private mutating func move(from origin: Point) -> Point {
    let parameters = ledger.tree.space.branches[origin.branch].parameters
    if parameters.isEmpty || ledger.tree.space.branches.count > 1 && ledger.generator.below(8) == 0
    {
      let near = ledger.tree.neighbours(of: origin, .otherBranch)
      return near.isEmpty ? origin : near[ledger.generator.below(near.count)]
    }
    var point = origin
    for _ in 0...(ledger.generator.below(3) == 0 ? 1 : 0) {
      let position = ledger.generator.below(parameters.count)
      point.indices[position] = ledger.generator.moved(
        point.indices[position], parameters[position])
    }
    return point
  }

  private mutating func accepts(_ value: Double) -> Bool {
    guard let current else { return true }
    if value <= current.value { return true }
    let progress = min(1, Double(ledger.toldCount) / Double(budget))
    let temperature = temperatures.hot * pow(temperatures.cold / temperatures.hot, progress)
    let unit = (sorted.isEmpty ? 0 : sorted[sorted.count / 2]) - (sorted.first ?? 0)
    let loss = (value - current.value) / max(unit, .leastNormalMagnitude)
    return ledger.generator.unit() < exp(-loss / temperature)
  }
}
