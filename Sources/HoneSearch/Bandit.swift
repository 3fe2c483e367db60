// Bandit.swift: several strategies at once; the one whose proposals helped lately is asked more often.

internal import Glibc
public import HoneCore

/// Each proposal comes from one of the members; all are told every answer. A member earns by how often its latest proposals were the best so far, later ones counting more (the area
/// under the curve of its successes), and one that was hardly asked gets the benefit of the doubt.
/// Ansel et al., "OpenTuner", 2014; Fialho et al., "Comparison-based adaptive strategy selection", 2010.
public struct Bandit: Strategy {
  public static let name = "bandit"
  public static let summary = "several strategies at once, the one that helped lately more often"
  public static let options = [exploration, window]

  static let exploration = StrategyOption(
    "exploration", "weight of members that were hardly asked", default: 0.05, in: 0...10)
  static let window = StrategyOption(
    "window", "latest proposals that count", default: 50, in: 1...100_000)

  /// Strategies that learn in different ways.
  static let members: [any Strategy.Type] = [
    Surrogate.self, Local.self, Annealing.self, Genetic.self, DifferentialEvolution.self,
  ]

  private var ledger: Ledger
  private var members: [any Strategy]
  private let exploration: Double
  private let window: Int
  /// Answers to the latest proposals: whose it was, and whether it was the best so far.
  private var history: [(member: Int, isGain: Bool)] = []
  /// For each pending proposal, by number, the member that made it.
  private var owners: [Int: Int] = [:]

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    exploration = task.value(of: Self.exploration)
    window = Int(task.value(of: Self.window))
    // Options are the bandit's own. Start points are proposed here, and told to all.
    var task = task
    task.options = [:]
    task.start = []
    members = Self.members.map { type in
      task.seed &+= 0x9E37_79B9
      return type.init(task)
    }
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextStart() { return point }
    for member in ranked() {
      // A member does not know what others wait for: it may propose that, too, and is asked again.
      while let point = members[member].ask() {
        guard let index = ledger.tree.index(of: point), let new = ledger.propose(index) else {
          continue
        }
        owners[index] = member
        return new
      }
    }
    return ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    let best = ledger.best?.value ?? .infinity
    guard let index = ledger.note(evaluation) else { return }
    for member in members.indices { members[member].tell(evaluation) }
    if let owner = owners.removeValue(forKey: index) {
      history.append((owner, ledger.best?.value ?? .infinity < best))
      if history.count > window { history.removeFirst() }
    }
  }

  /// Members by what they earned, the most promising first.
  private func ranked() -> [Int] {
    let waiting = owners.values
    let merits = members.indices.map { member in
      let asked = history.filter { $0.member == member }.map(\.isGain)
      // Later gains weigh more.
      var area = 0.0
      for (place, isGain) in asked.enumerated() where isGain { area += Double(place + 1) }
      let uses = asked.count
      let credit = uses == 0 ? 0 : area * 2 / Double(uses * (uses + 1))
      let tried = Double(uses + waiting.count { $0 == member })
      let total = Double(history.count + waiting.count)
      return credit + exploration * (2 * log(1 + total) / (tried + 1e-3)).squareRoot()
    }
    return members.indices.sorted { (merits[$0], $1) > (merits[$1], $0) }
  }
}
