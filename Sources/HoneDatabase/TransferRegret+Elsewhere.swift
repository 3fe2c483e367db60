// TransferRegret+Elsewhere.swift: what a winner of other conditions or of other hardware costs, learnt from what was tried in both places.

internal import HoneCore

extension TransferRegret {
  /// Winners of the same problem under other conditions, tried under these.
  init(ofConditionsIn known: HardwareClassRecords, operation: String, tried: Tried? = nil) {
    let rows = known.best.filter { $0.problem.operation == operation }
    let tried = tried ?? Tried(known.records)
    var experiments: [Experiment] = []
    for (_, group) in Dictionary(grouping: rows, by: \.problem).sorted(by: {
      $0.key.key < $1.key.key
    }) {
      for row in group {
        for other in group where other.key != row.key {
          let distance = ConditionDistance.between(
            other, cores: row.cores, policy: row.policy.name)
          experiments += Self.experiment(other.configuration, on: row, tried, distance)
        }
      }
    }
    self.init(experiments)
  }

  /// As they stand in best.json: one member an operation that has experiments, in the order of their names.
  static func conditionsJSON(of known: HardwareClassRecords) throws -> [JSONValue] {
    let tried = Tried(known.records)
    return try Set(known.best.map(\.problem.operation)).sorted().compactMap { operation in
      let regret = TransferRegret(ofConditionsIn: known, operation: operation, tried: tried)
      guard !regret.experiments.isEmpty else { return nil }
      return .object(["operation": .string(operation), "experiments": try regret.experimentsJSON()])
    }
  }

  /// Winners of the same row on other hardware, tried here: each pair of classes is left out in turn.
  init(acrossHardwareIn database: Database) {
    var experiments: [Experiment] = []
    for here in database.classes {
      let tried = Tried(here.records)
      let own = Dictionary(here.best.map { ($0.key, $0) }) { first, _ in first }
      for there in database.classes where there.name != here.name {
        let distance = HardwareMatch(here.host?.hardware, there.host?.hardware).distance
        for other in there.best {
          guard let row = own[other.key] else { continue }
          experiments += Self.experiment(other.configuration, on: row, tried, distance)
        }
      }
    }
    self.init(experiments)
  }

  private static func experiment(
    _ configuration: Configuration, on row: BestRow,
    _ tried: Tried, _ distance: Double
  ) -> [Experiment] {
    let times = tried.times[row.key] ?? [:]
    guard let own = times[row.configuration] ?? row.record.againstDefault.map({ 1 / $0.speedup }),
      let time = times[configuration]
    else { return [] }
    return [Experiment(distance: distance, regret: max(0, time / own - 1))]
  }
}
