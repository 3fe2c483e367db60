// Strategy.swift: who decides what to try next; sees the space, the budget and past results, and nothing else.

public import HoneCore

/// What became of a proposal.
public struct Evaluation: Sendable, Hashable {
  public var point: Point
  /// The objective's value (smaller is better), or nil where the configuration failed or was wrong.
  public var value: Double?

  public init(point: Point, value: Double?) {
    self.point = point
    self.value = value
  }
}

/// An option of a strategy, declared once: help, parsing and validation derive from it.
public struct StrategyOption: Sendable {
  public var name: String
  public var summary: String
  public var fallback: Double
  public var range: ClosedRange<Double>

  public init(
    _ name: String, _ summary: String, default fallback: Double, in range: ClosedRange<Double>
  ) {
    self.name = name
    self.summary = summary
    self.fallback = fallback
    self.range = range
  }
}

/// What a strategy is made from. The same task gives the same sequence of proposals for the same answers.
public struct SearchTask: Sendable {
  /// The valid points, numbered. Making a tree of a large space takes a moment; tasks may share one.
  public var tree: SpaceTree
  /// Evaluations that there will be at most. A strategy plans with it; whoever drives it keeps to it.
  public var budget: Int
  public var seed: UInt64
  /// Points that are known or believed to be good, best first: the untuned default, the analytic model's picks.
  public var start: [Point]
  public var options: [String: Double]

  public var space: Space { tree.space }

  public init(
    tree: SpaceTree, budget: Int, seed: UInt64, start: [Point] = [],
    options: [String: Double] = [:]
  ) {
    self.tree = tree
    self.budget = budget
    self.seed = seed
    self.start = start
    self.options = options
  }

  /// Throws where the space's constraints name parameters that it has not.
  public init(
    space: Space, budget: Int, seed: UInt64, start: [Point] = [],
    options: [String: Double] = [:]
  ) throws(HoneError) {
    self.init(
      tree: try SpaceTree(space), budget: budget, seed: seed, start: start, options: options)
  }

  /// That share of the budget, rounded up, but no more than 20 and no more than there are points: a budget may be meant as "no limit".
  func initialPoints(share: Double) -> Int {
    let limit = Double(min(max(0, budget), tree.count))
    return Int(min(share * limit, 20).rounded(.up))
  }

  /// The option's value, or its default where the task does not set it.
  public func value(of option: StrategyOption) -> Double {
    options[option.name] ?? option.fallback
  }
}

/// Ask and tell. To add one: a file with a type that conforms, and a row in `Strategies.all`.
public protocol Strategy: Sendable {
  static var name: String { get }
  static var summary: String { get }
  static var options: [StrategyOption] { get }

  init(_ task: SearchTask)
  /// The next point to try: valid, and neither asked nor told before; start points first. nil: nothing is left.
  /// May be called several times before the answers are told (a batch is measured interleaved).
  mutating func ask() -> Point?
  /// Answers come in any order. Points that were never asked for may be told as well: a resumed session replays its journal.
  mutating func tell(_ evaluation: Evaluation)
}
