// Random.swift: the strategy that draws uniformly without replacement: the mark that every other one has to beat.

public import HoneCore

/// Start points first, then valid points in random order.
public struct Random: Strategy {
  public static let name = "random"
  public static let summary = "valid configurations in random order, none twice"
  public static let options: [StrategyOption] = []

  private var ledger: Ledger

  public init(_ task: SearchTask) { ledger = Ledger(task) }

  public mutating func ask() -> Point? { ledger.nextStart() ?? ledger.nextFresh() }

  public mutating func tell(_ evaluation: Evaluation) { ledger.note(evaluation) }
}
