// MedianPolish.swift: what each contestant costs, where some left early: a fit of contestants and rounds by medians.

/// The fit "log cost = contestant + round + noise" by Tukey's median polish (Exploratory Data Analysis, 1977, chapter 11), for contestants that
/// took part in the first so many rounds.
///
/// Compared with "difference to the canary in the shared rounds" it asks everybody who was there what a round was like. A canary that
/// a burst hits in one of two rounds would otherwise make all that left after them look a third faster.
struct MedianPolish {
  /// Of each contestant; comparable with each other only. NaN of one that has no round.
  private(set) var scores: [Double]
  /// Of each round.
  private(set) var rounds: [Double]

  private static let passes = 12
  /// Of a logarithm: far below what any clock tells apart.
  private static let settled = 1e-9

  /// - Parameter logarithms: `logarithms[contestant][round]`; each may end early.
  init(_ logarithms: [[Double]]) {
    scores = logarithms.map { $0.isEmpty ? .nan : 0 }
    rounds = Array(repeating: 0, count: logarithms.map(\.count).max() ?? 0)
    for _ in 0..<Self.passes {
      let before = scores
      for round in rounds.indices {
        let seen = logarithms.indices.filter { round < logarithms[$0].count }
        rounds[round] = Statistics.median(seen.map { logarithms[$0][round] - scores[$0] })
      }
      for index in logarithms.indices where !logarithms[index].isEmpty {
        scores[index] = Statistics.pseudoMedian(residuals(logarithms[index]))
      }
      // What has come to rest stays there.
      if zip(scores, before).allSatisfy({ $0.isNaN || abs($0 - $1) < Self.settled }) { break }
    }
  }

  /// What a contestant's samples were beyond their rounds.
  func residuals(_ logarithms: [Double]) -> [Double] { zip(logarithms, rounds).map { $0 - $1 } }
}
