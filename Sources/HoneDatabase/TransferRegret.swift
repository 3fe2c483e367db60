// TransferRegret.swift: what it costs to run a problem with the configuration of a neighbour, learnt from what was tried.

internal import HoneCore

/// Every tuned problem whose candidates include the winner of another one is an experiment: how much slower was the neighbour's winner
/// than its own? Experiments at about the distance in question predict the regret of an answer that nobody measured.
struct TransferRegret: Equatable {
  /// A neighbour's winner, tried on another problem.
  struct Experiment: Hashable, Comparable {
    var distance: Double
    /// 0.03: the neighbour's winner takes 3 % longer than the problem's own.
    var regret: Double

    static func < (one: Experiment, other: Experiment) -> Bool {
      (one.distance, one.regret) < (other.distance, other.regret)
    }
  }

  /// As many as are needed for a median that one odd pair does not move.
  private static let neighbours = 7
  /// More of them say nothing new; they are thinned out evenly, because best.json carries them.
  private static let most = 512

  /// Sorted.
  let experiments: [Experiment]

  /// From all rows of a hardware class that are neighbours of the problem at any distance.
  init(of problem: Problem, in known: HardwareClassRecords) {
    self.init(
      rows: known.best.filter { ShapeDistance.between($0.problem, problem) != nil },
      tried: Tried(known.records))
  }

  /// - Parameter rows: neighbours of each other.
  init(rows: [BestRow], tried: Tried) {
    let winners = Dictionary(grouping: rows, by: Winner.init)
    let all = rows.flatMap { Self.experiments(on: $0, winners, tried.times[$0.key] ?? [:]) }
    experiments = Self.thinned(all.sorted(), to: Self.most)
  }

  init(_ experiments: [Experiment]) {
    self.experiments = Self.thinned(experiments.sorted(), to: Self.most)
  }

  /// Median regret of the experiments whose distance is nearest; nil where there are none.
  func predicted(at distance: Double) -> Double? {
    let nearest = experiments.sorted {
      (abs($0.distance - distance), $0.regret) < (abs($1.distance - distance), $1.regret)
    }.prefix(Self.neighbours).map(\.regret).sorted()
    return nearest.isEmpty ? nil : nearest[nearest.count / 2]
  }

  private static func experiments(
    on row: BestRow, _ winners: [Winner: [BestRow]], _ tried: [Configuration: Double]
  ) -> [Experiment] {
    guard let own = tried[row.configuration] ?? row.record.againstDefault.map({ 1 / $0.speedup })
    else { return [] }
    return tried.flatMap { (configuration, time) -> [Experiment] in
      let others = winners[Winner(row, configuration)] ?? []
      return thinned(others, to: most).compactMap { (other: BestRow) -> Experiment? in
        guard other.key != row.key,
          let distance = ShapeDistance.between(other.problem, row.problem)
        else { return nil }
        return Experiment(distance: distance, regret: max(0, time / own - 1))
      }
    }
  }

  private static func thinned<Element>(_ elements: [Element], to most: Int) -> [Element] {
    guard elements.count > most else { return elements }
    return (0..<most).map { elements[$0 * elements.count / most] }
  }
}

/// A configuration that is served for some core count under some conditions.
private struct Winner: Hashable {
  var configuration: Configuration
  var cores: Int
  var policy: MeasurementPolicy

  init(_ row: BestRow) { self.init(row, row.configuration) }

  init(_ row: BestRow, _ configuration: Configuration) {
    self.configuration = configuration
    cores = row.cores
    policy = row.policy
  }
}

extension TransferRegret {
  /// Row → configuration → time relative to the default's, of those that were raced; of several the newest.
  struct Tried {
    private(set) var times: [BestRow.Key: [Configuration: Double]] = [:]

    /// - Parameter records: oldest first.
    init(_ records: [StoredRecord]) {
      for record in records.lazy.map(\.record) where record.outcome == .measured {
        guard let time = record.relativeTime, time > 0 else { continue }
        times[BestRow.Key(record), default: [:]][record.configuration] = time
      }
    }
  }
}

extension TransferRegret {
  /// As they stand in best.json: one member a group of neighbours that has experiments, in the order of the rows.
  static func json(of known: HardwareClassRecords) throws -> [JSONValue] {
    let tried = Tried(known.records)
    let groups = Dictionary(grouping: known.best) { Group($0.problem) }
    let ordered = groups.sorted { ($0.value[0].key) < ($1.value[0].key) }
    return try ordered.compactMap { group, rows in
      let regret = TransferRegret(rows: rows, tried: tried)
      return regret.experiments.isEmpty ? nil : try regret.json(group)
    }
  }

  private func json(_ group: Group) throws -> JSONValue {
    .object([
      "operation": .string(group.operation), "types": .string(group.types),
      "attributes": .object(group.attributes.mapValues { .string($0) }),
      "dimensions": .array(group.dimensions.map { .string($0) }),
      "experiments": try experimentsJSON(),
    ])
  }

  func experimentsJSON() throws -> JSONValue {
    .array(
      try experiments.map {
        .array([try JSONValue(encoding: $0.distance), try JSONValue(encoding: $0.regret)])
      })
  }

  /// What neighbours have in common: see `ShapeDistance.between`.
  private struct Group: Hashable {
    var operation: String
    var types: String
    var attributes: [String: String]
    var dimensions: [String]

    init(_ problem: Problem) {
      operation = problem.operation
      types = problem.types
      attributes = problem.attributes
      dimensions = problem.shape.keys.sorted()
    }
  }
}
