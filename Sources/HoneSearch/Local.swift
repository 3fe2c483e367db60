// Local.swift: iterated local search: descend through several neighbourhoods, then kick, sometimes restart.

internal import Glibc
public import HoneCore

/// Start points and a few that lie far apart first; then descents. A descent tries the neighbours of its point in random order, the nearest
/// kind first, and moves as soon as one is better. Where no neighbour is better, the search kicks its best end point a few random
/// steps away and descends again, or now and then restarts from a random point.
///
/// Asked for more than it has neighbours while answers are pending, it fills up with random points: a batch must not wait.
public struct Local: Strategy {
  public static let name = "local"
  public static let summary = "iterated local search with several neighbourhoods and restarts"
  public static let options = [initial, kick, restart]

  static let initial = StrategyOption(
    "initial", "random points before the first descent, as a share of the budget", default: 0.1,
    in: 0...1)
  static let kick = StrategyOption(
    "kick", "random steps from the best before the next descent", default: 3, in: 1...50)
  static let restart = StrategyOption(
    "restart", "probability that a descent starts from a random point instead", default: 0.15,
    in: 0...1)

  private var ledger: Ledger
  private let initialPoints: Int
  private let kickSteps: Int
  private let restartProbability: Double

  /// Where the descent is; nil while the answer to its starting point is pending.
  private var current: (point: Point, value: Double)?
  /// The point that starts the next descent, asked and not told.
  private var awaited: Int?
  /// The lowest end of a descent since the last restart that led anywhere.
  private var home: (point: Point, value: Double)?
  /// Neighbours of `current` to try, best last, and which kinds come after them.
  private var queue: [Point] = []
  private var kindsLeft: [Neighbourhood] = []

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    initialPoints = task.initialPoints(share: task.value(of: Self.initial))
    kickSteps = Int(task.value(of: Self.kick))
    restartProbability = task.value(of: Self.restart)
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextInitial(initialPoints) { return point }
    if awaited == nil, let point = nextOfDescent() { return point }
    return ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    let index = ledger.note(evaluation)
    guard let index else { return }
    let isAwaited = index == awaited
    if isAwaited { awaited = nil }
    guard let value = evaluation.value, !value.isNaN else { return }
    if isAwaited || value < current?.value ?? -.infinity { move(to: evaluation.point, value) }
  }

  private mutating func nextOfDescent() -> Point? {
    if current == nil, let best = ledger.best, let point = ledger.tree.point(at: best.index) {
      move(to: point, best.value)
    }
    if let point = nextNeighbour() { return point }
    // Answers to neighbours may still move the descent: end it only when all are in.
    guard ledger.pending.isEmpty else { return nil }
    return startOfNextDescent()
  }

  private mutating func move(to point: Point, _ value: Double) {
    current = (point, value)
    queue = []
    kindsLeft = [.twoSteps, .otherBranch, .oneParameter, .step]
  }

  private mutating func nextNeighbour() -> Point? {
    guard let current else { return nil }
    while true {
      while let point = queue.popLast() {
        if let point = ledger.propose(point) { return point }
      }
      guard let kind = kindsLeft.popLast() else { return nil }
      queue = ledger.tree.neighbours(of: current.point, kind)
      ledger.generator.shuffle(&queue)
    }
  }

  /// Ends the descent at its local optimum and begins the next.
  private mutating func startOfNextDescent() -> Point? {
    if let current, current.value <= home?.value ?? .infinity { home = current }
    current = nil
    let restarts = ledger.generator.unit() < restartProbability
    var start: Point?
    if !restarts, let home { start = kicked(home.point) }
    guard let point = start ?? ledger.nextFresh() else { return nil }
    awaited = ledger.tree.index(of: point)
    return point
  }

  /// A new point a few random steps away; nil where the walk meets only points that were seen.
  private mutating func kicked(_ origin: Point) -> Point? {
    for _ in 0..<8 {
      var point = origin
      for _ in 0..<kickSteps {
        let near = ledger.tree.neighbours(of: point, .oneParameter)
        guard !near.isEmpty else { break }
        point = near[ledger.generator.below(near.count)]
      }
      if let point = ledger.propose(point) { return point }
    }
    return nil
  }
}
