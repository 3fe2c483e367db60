// Lookup+Steps.swift: one step a grade, from the exact answer to that of the nearest hardware.

internal import Glibc
internal import HoneCore

extension Lookup {
  func exact(_ question: Question, _ database: Database) -> Answer? {
    let query = question.query
    let rows = usable(database[query.hardwareClass], question).filter {
      $0.cores == query.cores && $0.policy.name == query.policy
    }
    let row = rows.first { $0.problem == query.problem } ?? alike(rows, query)
    return row.map { answer(query, .exact, $0, database, regret: 0) }
  }

  /// The row of the same shape whose data is nearest, where that is as good as the same data.
  private func alike(_ rows: [BestRow], _ query: LookupQuery) -> BestRow? {
    rows.compactMap { row -> (row: BestRow, distance: Double)? in
      guard let likeness = likeness(row.problem, query.problem), likeness.problem == query.problem
      else { return nil }
      return (row, likeness.distance)
    }.filter { $0.distance <= Self.alikeData }.min { $0.distance < $1.distance }?.row
  }

  func sameHardware(_ question: Question, _ database: Database) -> Answer? {
    let query = question.query
    let known = database[query.hardwareClass]
    let rows = usable(known, question).filter { $0.problem == query.problem }
    let nearest = rows.min { conditions($0, query) < conditions($1, query) }
    return nearest.map { row in
      let regret = known.flatMap {
        TransferRegret(ofConditionsIn: $0, operation: query.problem.operation)
          .predicted(at: conditions(row, query))
      }
      return answer(query, .sameHardware, row, database, regret: regret)
    }
  }

  /// Nearest in log-shape, corrected by the analytic model: a shape whose operations per byte are different is bound by something else, and
  /// each factor of two in that counts like a factor of two in an extent. So does each `dataPerOctave` between the data of the two.
  func nearShape(_ question: Question, _ database: Database) -> Answer? {
    let query = question.query
    let near = usable(database[query.hardwareClass], question).compactMap { row in
      distance(row.problem, query.problem).map { (row: row, distance: $0) }
    }.filter { $0.distance <= Self.farthestShape }
    let nearest = near.min {
      $0.distance + correction($0.row, query) < $1.distance + correction($1.row, query)
    }
    return nearest.map { nearest in
      let regret = database[query.hardwareClass].flatMap {
        TransferRegret(of: nearest.row.problem, in: $0).predicted(at: nearest.distance)
      }
      var answer = answer(query, .nearShape, nearest.row, database, regret: regret)
      answer.predictedSeconds = predictedSeconds(nearest.row, query)
      return answer
    }
  }

  private func distance(_ recorded: Problem, _ asked: Problem) -> Double? {
    if let shape = ShapeDistance.between(recorded, asked) { return shape }
    guard let likeness = likeness(recorded, asked) else { return nil }
    return ShapeDistance.between(likeness.problem, asked).map {
      $0 + likeness.distance / Self.dataPerOctave
    }
  }

  private func correction(_ row: BestRow, _ query: LookupQuery) -> Double {
    let intensities = [row.problem, query.problem].compactMap { cost($0)?.intensity }
    let difference = intensities.count == 2 ? abs(log2(intensities[0] / intensities[1])) : 0
    return conditions(row, query) + difference
  }

  /// The row's time scaled by the larger of the two ratios, of operations and of bytes.
  private func predictedSeconds(_ row: BestRow, _ query: LookupQuery) -> Double? {
    guard let own = cost(row.problem), let asked = cost(query.problem), own.flops > 0,
      own.bytes > 0
    else { return nil }
    return row.median * max(asked.flops / own.flops, asked.bytes / own.bytes)
  }

  /// Of several classes the one whose hardware is nearest (see `HardwareMatch`).
  func nearHardware(_ question: Question, _ database: Database) -> Answer? {
    let query = question.query
    let own = database[query.hardwareClass]?.host?.hardware
    let others = database.classes.filter { $0.name != query.hardwareClass }
    let rows = others.flatMap { other in
      let match = HardwareMatch(own, other.host?.hardware)
      return usable(other, question).filter { $0.problem == query.problem }.map {
        (row: $0, match: match)
      }
    }
    let nearest = rows.min {
      ($0.match.distance, conditions($0.row, query)) < (
        $1.match.distance, conditions($1.row, query)
      )
    }
    return nearest.map { nearest in
      let regret = TransferRegret(acrossHardwareIn: database).predicted(at: nearest.match.distance)
      var answer = answer(query, .nearHardware, nearest.row, database, regret: regret)
      answer.differs += nearest.match.differs
      return answer
    }
  }

  /// Rows that the caller may run: not more threads than it has cores.
  private func usable(_ records: HardwareClassRecords?, _ question: Question) -> [BestRow] {
    (records?.best ?? []).filter {
      $0.configuration.int("threads", default: 1) <= question.query.cores
        && canRun($0.configuration) && question.admits($0)
    }
  }

  private func conditions(_ row: BestRow, _ query: LookupQuery) -> Double {
    ConditionDistance.between(row, cores: query.cores, policy: query.policy)
  }

  private func answer(
    _ query: LookupQuery, _ grade: Grade, _ row: BestRow, _ database: Database,
    regret: Double? = nil
  ) -> Answer {
    let stale = libraries.map { Validity.changes(of: row.record, libraries: $0) } ?? []
    return Answer(
      query: query, grade: grade, row: row, differs: differences(row, query),
      predictedRegret: stale.isEmpty ? regret : nil, database: database.path, stale: stale)
  }

  private func differences(_ row: BestRow, _ query: LookupQuery) -> [String] {
    let names = Set(row.problem.shape.keys).union(query.problem.shape.keys).sorted()
    var differs = names.filter { row.problem[$0] != query.problem[$0] }.map {
      "\($0): \(row.problem[$0]) instead of \(query.problem[$0])"
    }
    if let likeness = likeness(row.problem, query.problem) { differs.append(likeness.differs) }
    if row.cores != query.cores { differs.append("cores: \(row.cores) instead of \(query.cores)") }
    if row.policy.name != query.policy {
      differs.append("policy: \(row.policy.name) instead of \(query.policy)")
    }
    let hardware = row.record.provenance.hardwareClass
    if hardware != query.hardwareClass {
      differs.append("hardware: \(hardware) instead of \(query.hardwareClass)")
    }
    return differs
  }
}

/// How far apart the conditions of two measurements are: a factor of two in cores counts 1, another policy 2.
enum ConditionDistance {
  static func between(_ row: BestRow, cores: Int, policy: String) -> Double {
    abs(ShapeDistance.logarithm(row.cores) - ShapeDistance.logarithm(cores))
      + (row.policy.name == policy ? 0 : 2)
  }
}

extension Cost {
  /// Operations per byte; nil where there are none.
  fileprivate var intensity: Double? { flops > 0 && bytes > 0 ? flops / bytes : nil }
}
