// MedianPolish.swift: what each contestant costs, where some left early: a fit of contestants and rounds by medians.

/// The fit "log cost = contestant + round + noise" by Tukey's median polish (Exploratory Data Analysis, 1977, chapter 11), for contestants that
/// took part in the first so many rounds.
///
/// Compared with "difference to the canary in the shared rounds" it asks everybody who was there what a round was like. A canary that
/// a burst hits in one of two rounds would otherwise make all that left after them look a third faster. Tukey's table is whole; one whose rows end
/// early needs a third kind of step (`join`).
struct MedianPolish {
  /// Of each contestant; comparable with each other only. NaN of one that has no round.
  private(set) var scores: [Double]
  /// Of each round.
  private(set) var rounds: [Double]

  private static let passes = 32
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
      for length in Set(logarithms.map(\.count)).sorted()
      where length > 0 && length < rounds.count { join(logarithms, at: length) }
      // What has come to rest stays there.
      if zip(scores, before).allSatisfy({ $0.isNaN || abs($0 - $1) < Self.settled }) { break }
    }
  }

  /// Brings those who left after the first `length` rounds, together with these rounds, to where those who stayed say that they are.
  ///
  /// Where most left, they decide what the rounds before were like, and those who stayed what the rounds after were like. Each is content for
  /// itself, whatever lies between them: medians of one contestant or one round do not see it (five of seven that left a race at a tenth to a
  /// third of the default's time came out 1.7 times as slow).
  private mutating func join(_ logarithms: [[Double]], at length: Int) {
    let stayed = logarithms.indices.filter { logarithms[$0].count > length }
    let beyond = stayed.flatMap { index in
      (0..<length).map { logarithms[index][$0] - scores[index] - rounds[$0] }
    }
    let shift = Statistics.median(beyond)
    for round in 0..<length { rounds[round] += shift }
    for index in logarithms.indices where logarithms[index].count <= length {
      scores[index] -= shift
    }
  }

  /// What a contestant's samples were beyond their rounds.
  func residuals(_ logarithms: [Double]) -> [Double] { zip(logarithms, rounds).map { $0 - $1 } }
}
