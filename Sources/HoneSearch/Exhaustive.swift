// Exhaustive.swift: the strategy that tries everything, in the order of the space.

public import HoneCore

/// Start points first, then every point by its number. Right where the space is smaller than the budget.
public struct Exhaustive: Strategy {
  public static let name = "exhaustive"
  public static let summary = "every configuration, in order"
  public static let options: [StrategyOption] = []

  private var ledger: Ledger
  private var next = 0

  public init(_ task: SearchTask) { ledger = Ledger(task) }

  public mutating func ask() -> Point? {
    if let point = ledger.nextStart() { return point }
    while next < ledger.tree.count {
      next += 1
      if let point = ledger.propose(next - 1) { return point }
    }
    return nil
  }

  public mutating func tell(_ evaluation: Evaluation) { ledger.note(evaluation) }
}
