// ParetoFront.swift: which of several choices nobody beats in everything: time × error × energy.

/// Choices that are worse in nothing that they are not better in elsewhere.
public enum ParetoFront {
  /// Indices of the points that no other point dominates, ascending. Every coordinate is a cost: smaller is better.
  ///
  /// A point dominates another where it is at most as large in every coordinate and smaller in one. Equal points do not dominate
  /// each other: all of them are on the front or none. A point with a NaN dominates nobody and is never on the front. All
  /// points have as many coordinates as the first.
  public static func indices(of points: [[Double]]) -> [Int] {
    points.indices.filter { index in
      !points[index].contains { $0.isNaN }
        && !points.contains { dominates($0, points[index]) }
    }
  }

  public static func dominates(_ one: [Double], _ other: [Double]) -> Bool {
    zip(one, other).allSatisfy { $0 <= $1 } && zip(one, other).contains { $0 < $1 }
  }
}
