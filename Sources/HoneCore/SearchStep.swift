// SearchStep.swift: what a record says about the search that made it, so that a killed search can be continued exactly.

/// Which proposal of its strategy a configuration was, and what the strategy was told when it began. The same strategy with the same seed
/// and these numbers proposes the same again.
public struct SearchStep: Hashable, Sendable, Codable {
  /// 1 for the strategy's first proposal.
  public var number: Int
  /// Evaluations that the strategy was told it would have.
  public var evaluations: Int
  /// Proposals that are asked for before the answers are told.
  public var batch: Int

  public init(number: Int, evaluations: Int, batch: Int) {
    self.number = number
    self.evaluations = evaluations
    self.batch = batch
  }
}

/// How far a search had come when its problem's final was held.
public struct SearchEnd: Hashable, Sendable, Codable {
  /// Why it ended, as a word; unknown words are no error.
  public var reason: String { didSet { complete = Self.isComplete(reason) } }
  /// Did it end by itself: everything was tried, or no more gain was expected? nil in records that are older.
  public private(set) var complete: Bool?
  /// Configurations tried so far, in all sessions over this space.
  public var tried: Int
  /// Valid configurations.
  public var size: Int
  /// How much of the served time trying as many again is expected to save: 0.02 is 2 %.
  public var expectedGain: Double

  public init(reason: String, tried: Int, size: Int, expectedGain: Double) {
    self.reason = reason
    complete = Self.isComplete(reason)
    self.tried = tried
    self.size = size
    self.expectedGain = expectedGain
  }

  /// Only the default and the head start were tried: the search is still to come.
  public static let firstPass = "first-pass"
  /// What more trying is expected to gain is below the noise floor.
  public static let converged = "converged"
  /// Everything was tried.
  public static let exhausted = "exhausted"
  /// The time was up.
  public static let budget = "budget"

  private static func isComplete(_ reason: String) -> Bool {
    reason == converged || reason == exhausted
  }

  /// Would the same command search on?
  public var isOpen: Bool { reason == Self.firstPass }
}
