// Auto.swift: the default strategy: chooses by the size of the space and the budget.

public import HoneCore

/// Everything where the budget allows it, otherwise the strategy that did best over the recorded spaces: the surrogate.
public struct Auto: Strategy {
  public static let name = "auto"
  public static let summary = "exhaustive where the budget allows it, otherwise surrogate"
  public static let options: [StrategyOption] = []

  private var chosen: any Strategy

  public init(_ task: SearchTask) {
    chosen = task.tree.count <= task.budget ? Exhaustive(task) : Surrogate(task)
  }

  public mutating func ask() -> Point? { chosen.ask() }

  public mutating func tell(_ evaluation: Evaluation) { chosen.tell(evaluation) }
}
