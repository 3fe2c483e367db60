// TransferRegret.swift: what it costs to run a problem with the configuration of a neighbour, learnt from what was tried.

internal import HoneCore

/// Every tuned problem whose candidates include the winner of another one is an experiment: how much slower was the neighbour's winner
/// than its own? Experiments at about the distance in question predict the regret of an answer that nobody measured.
struct TransferRegret {
  /// A neighbour's winner, tried on another problem.
  private struct Experiment {
    var distance: Double
    /// 0.03: the neighbour's winner takes 3 % longer than the problem's own.
    var regret: Double
  }

  /// As many as are needed for a median that one odd pair does not move.
  private static let neighbours = 7

  private let experiments: [Experiment]

  /// From all rows of a hardware class that are neighbours of the problem at any distance.
  init(of problem: Problem, in known: HardwareClassRecords) {
    let rows = known.best.filter { ShapeDistance.between($0.problem, problem) != nil }
    let keys = Set(rows.map(\.key))
    let tried = Dictionary(grouping: known.records.map(\.record)) { BestRow.Key($0) }
      .filter { keys.contains($0.key) }.mapValues(Self.relativeTimes)
    experiments = rows.flatMap { row in
      Self.experiments(on: row, with: rows, tried: tried[row.key] ?? [:])
    }
  }

  /// Median regret of the experiments whose distance is nearest; nil where there are none.
  func predicted(at distance: Double) -> Double? {
    let nearest = experiments.sorted {
      (abs($0.distance - distance), $0.regret) < (abs($1.distance - distance), $1.regret)
    }.prefix(Self.neighbours).map(\.regret).sorted()
    return nearest.isEmpty ? nil : nearest[nearest.count / 2]
  }

  /// Configuration → time relative to the default's, of those that were raced; of several the newest.
  private static func relativeTimes(_ records: [Record]) -> [Configuration: Double] {
    records.reduce(into: [:]) { times, record in
      if record.outcome == .measured, let time = record.relativeTime, time > 0 {
        times[record.configuration] = time
      }
    }
  }

  private static func experiments(
    on row: BestRow, with rows: [BestRow], tried: [Configuration: Double]
  ) -> [Experiment] {
    guard let own = tried[row.configuration] ?? row.record.againstDefault.map({ 1 / $0.speedup })
    else { return [] }
    return rows.compactMap { other in
      guard other.key != row.key, other.cores == row.cores, other.policy == row.policy,
        let time = tried[other.configuration],
        let distance = ShapeDistance.between(other.problem, row.problem)
      else { return nil }
      return Experiment(distance: distance, regret: max(0, time / own - 1))
    }
  }
}
