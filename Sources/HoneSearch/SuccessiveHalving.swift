// SuccessiveHalving.swift: many starting points, of which the better half may go on for twice as long, again and again.

internal import Glibc
public import HoneCore

/// Arms are starting points that lie far apart. In each round every arm spends the same number of evaluations on the neighbourhood of its best point; then the worse half is
/// dropped, and the others may spend twice as many. When one arm is left and its neighbourhood is exhausted, a new set of arms starts.
///
/// What is rationed is evaluations, not samples of an evaluation: how long a single configuration is measured is decided while it is
/// measured, by the race that it runs against others (decision 0006).
/// Karnin, Koren and Somekh, "Almost optimal exploration in multi-armed bandits", 2013; Jamieson and Talwalkar, 2016.
public struct SuccessiveHalving: Strategy {
  public static let name = "successive-halving"
  public static let summary = "many starting points; the better half goes on for twice as long"
  public static let options = [arms, first]

  static let arms = StrategyOption(
    "arms", "starting points, as a share of the budget", default: 0.12, in: 0...1)
  static let first = StrategyOption(
    "first", "evaluations of an arm in the first round, beside its start", default: 2, in: 1...1000)

  private struct Arm {
    var best: (point: Point, value: Double)
    /// Evaluations left in this round.
    var left: Int
    var isExhausted = false
  }

  private var ledger: Ledger
  private let armCount: Int
  private let first: Int
  private var startsLeft: Int
  private var round = 0
  private var arms: [Arm] = []
  /// For each pending proposal, by number, the arm that it is for.
  private var owners: [Int: Int] = [:]

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    armCount = max(2, min(64, Int(Double(min(task.budget, 1000)) * task.value(of: Self.arms))))
    first = Int(task.value(of: Self.first))
    startsLeft = armCount
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextStart() { return point }
    if startsLeft > 0 {
      startsLeft -= 1
      return ledger.nextSpread()
    }
    return nextOfArms() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    guard let index = ledger.note(evaluation) else { return }
    let owner = owners.removeValue(forKey: index)
    guard let value = ledger.values[index] ?? nil else { return }
    if let owner {
      if value < arms[owner].best.value {
        arms[owner].best = (evaluation.point, value)
        arms[owner].isExhausted = false
      }
    } else if round == 0 && arms.count < armCount {
      arms.append(Arm(best: (evaluation.point, value), left: first))
    }
  }

  private mutating func nextOfArms() -> Point? {
    // Each pass ends with a proposal, an arm exhausted, or a round ended.
    while !arms.isEmpty {
      if let arm = arms.indices.first(where: { arms[$0].left > 0 && !arms[$0].isExhausted }) {
        if let point = neighbour(of: arms[arm].best.point) {
          arms[arm].left -= 1
          owners[ledger.tree.index(of: point) ?? 0] = arm
          return point
        }
        arms[arm].isExhausted = true
      } else if !owners.isEmpty {
        // The round ends with its last answer; a batch does not wait for it.
        return nil
      } else {
        endRound()
      }
    }
    return nil
  }

  private mutating func endRound() {
    round += 1
    arms.sort { $0.best.value < $1.best.value }
    arms.removeLast(arms.count / 2)
    if arms.count == 1 && arms[0].isExhausted {
      arms = []
      round = 0
      startsLeft = armCount
      return
    }
    for index in arms.indices { arms[index].left = first << min(round, 20) }
  }

  /// A new point close to the arm's best; the closest kind first.
  private mutating func neighbour(of point: Point) -> Point? {
    for kind in [Neighbourhood.step, .oneParameter, .otherBranch, .twoSteps] {
      let near = ledger.tree.neighbours(of: point, kind).filter(ledger.isNew)
      if !near.isEmpty { return ledger.propose(near[ledger.generator.below(near.count)]) }
    }
    return nil
  }
}
