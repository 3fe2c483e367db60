// Standings.swift: who leads among contestants that took part in the same rounds, and how noisy the rounds were.

/// A fit of "log time = contestant + round + noise". What a round adds to everybody (drift) is estimated by the median over the
/// contestants, which is steadier than any single one of them.
struct Standings {
  /// Of each contestant, in log seconds relative to the rounds' medians; comparable with each other only.
  let scores: [Double]
  /// Position of the lowest score.
  let leader: Int
  /// Robust standard deviation of one sample's logarithm.
  let deviation: Double

  /// `logarithms[contestant][round]`; only rounds that all of them have are used. At least one contestant and one round.
  init(_ logarithms: [[Double]]) {
    let rounds = logarithms.map(\.count).min() ?? 0
    let baseline = (0..<rounds).map { round in
      Statistics.median(logarithms.map { $0[round] })
    }
    let relative = logarithms.map { lane in zip(lane, baseline).map { $0 - $1 } }
    let scores = relative.map(Statistics.pseudoMedian)
    let residuals = zip(relative, scores).flatMap { lane, score in lane.map { abs($0 - score) } }
    self.scores = scores
    leader = scores.indices.min { scores[$0] < scores[$1] } ?? 0
    // Fitting scores and rounds uses up degrees of freedom.
    let lost =
      (1 - 1 / Double(max(2, rounds))) * (1 - 1 / Double(max(2, logarithms.count)))
    deviation =
      Statistics.deviationsPerMAD * Statistics.median(residuals) / lost.squareRoot()
  }
}
