// DataLikeness.swift: how far the data of one problem is from that of another: what speed depends on and results do not.

/// Of two problems that differ in attributes that describe data only (which rows of a table are looked up).
public struct DataLikeness: Hashable, Sendable {
  /// The first problem with the second one's data.
  public var problem: Problem
  /// 0: alike; 1: as far as can be.
  public var distance: Double
  /// "distribution: zipf instead of uniform, 0.71 apart".
  public var differs: String

  public init(problem: Problem, distance: Double, differs: String) {
    self.problem = problem
    self.distance = distance
    self.differs = differs
  }
}
