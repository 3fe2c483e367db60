// Auto.swift: the default strategy: chooses by the size of the space.

public import HoneCore

/// Everything, in order, where there is hardly anything to choose from; otherwise the strategy that did best over the recorded
/// spaces, the surrogate. It tries everything in the end as well, but the promising first, so it is right also where the budget
/// turns out smaller than it was said to be.
public struct Auto: Strategy {
  public static let name = "auto"
  public static let summary = "exhaustive in a tiny space, otherwise surrogate"
  public static let options: [StrategyOption] = []

  /// Up to so many configurations a model has nothing to learn from.
  static let tiny = 16

  private var chosen: any Strategy

  public init(_ task: SearchTask) {
    chosen = task.tree.count <= Self.tiny ? Exhaustive(task) : Surrogate(task)
  }

  public mutating func ask() -> Point? { chosen.ask() }

  public mutating func tell(_ evaluation: Evaluation) { chosen.tell(evaluation) }
}
