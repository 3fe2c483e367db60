// SpaceFilling.swift: the strategy that tries points far apart: what others begin with, to the end.

public import HoneCore

/// Start points, then always a point far from all before. It learns nothing from answers: good for a survey of a space, and for measuring
/// which parameters matter.
public struct SpaceFilling: Strategy {
  public static let name = "space-filling"
  public static let summary = "configurations that lie far apart, whatever the answers are"
  public static let options: [StrategyOption] = []

  private var ledger: Ledger

  public init(_ task: SearchTask) { ledger = Ledger(task) }

  public mutating func ask() -> Point? { ledger.nextStart() ?? ledger.nextSpread() }

  public mutating func tell(_ evaluation: Evaluation) { ledger.note(evaluation) }
}
