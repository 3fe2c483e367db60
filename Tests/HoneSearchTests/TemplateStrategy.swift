// TemplateStrategy.swift: how to add a strategy: copy this file to Sources/HoneSearch, and add one row to Strategies+Registry.swift.

import HoneCore
import HoneTesting
import Testing

@testable import HoneSearch

/// Tries the neighbours of the best point, else a random point. A real strategy says here what it is good for, and from where the
/// idea is.
struct TemplateStrategy: Strategy {
  static let name = "template"
  static let summary = "one sentence for `hone list`"
  static let options = [boldness]

  static let boldness = StrategyOption(
    "boldness", "probability of a random point", default: 0.2, in: 0...1)

  private var ledger: Ledger
  private let boldness: Double

  init(_ task: SearchTask) {
    ledger = Ledger(task)
    boldness = task.value(of: Self.boldness)
  }

  mutating func ask() -> Point? {
    if let point = ledger.nextStart() { return point }
    if ledger.generator.unit() >= boldness, let best = ledger.best,
      let origin = ledger.tree.point(at: best.index),
      let near = ledger.tree.neighbours(of: origin, .step).first(where: ledger.isNew)
    {
      return ledger.propose(near)
    }
    return ledger.nextFresh()
  }

  mutating func tell(_ evaluation: Evaluation) { ledger.note(evaluation) }
}

@Suite("template strategy")
struct TemplateStrategyTests {
  @Test("one file is a strategy: the template keeps to the rules")
  func conformance() {
    #expect(checkStrategy(TemplateStrategy.self) == [])
  }

  /// What the checker is for: each of these breaks one rule.
  private struct Broken: Strategy {
    static let name = "broken"
    static let summary = "repeats itself"
    static let options: [StrategyOption] = []
    let tree: SpaceTree
    init(_ task: SearchTask) { tree = task.tree }
    mutating func ask() -> Point? { tree.point(at: 0) }
    mutating func tell(_ evaluation: Evaluation) {}
  }

  @Test("the checker finds a strategy that repeats itself and ignores its start points")
  func findsBroken() {
    let complaints = checkStrategy(Broken.self)
    #expect(complaints.contains { $0.contains("proposed twice") })
    #expect(complaints.contains { $0.contains("start points") })
  }
}
