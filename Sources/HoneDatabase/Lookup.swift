// Lookup.swift: the graded answer to "how do I compute this here?": never a silent guess.

public import HoneCore

/// What is asked.
public struct LookupQuery: Hashable, Sendable, Codable {
  /// Normalised, so that it has every field (see HoneOperations).
  public var problem: Problem
  /// Cores that the caller has.
  public var cores: Int
  /// A policy's name: "warm".
  public var policy: String
  public var hardwareClass: String

  public init(problem: Problem, cores: Int, policy: String, hardwareClass: String) {
    self.problem = problem
    self.cores = cores
    self.policy = policy
    self.hardwareClass = hardwareClass
  }
}

/// How far an answer is from the question.
public enum Grade: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
  case exact
  /// This hardware and problem, under another policy or for another number of cores.
  case sameHardware = "same-hardware"
  /// This hardware, the nearest shape of the same operation, types and attributes.
  case nearShape = "near-shape"
  /// This problem on other hardware.
  case nearHardware = "near-hardware"
  /// Nothing is known: run the back end's default.
  case `default`

  public static func < (one: Grade, other: Grade) -> Bool { one.rank < other.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

public struct Answer: Hashable, Sendable {
  public var query: LookupQuery
  public var grade: Grade
  /// nil for the grade `default`.
  public var row: BestRow?
  /// What differs between the question and the record, in words; empty when exact.
  public var differs: [String]
  /// How much slower than the best this may be, as a share of its time: 0 when exact; for a near shape what neighbours' winners cost at such
  /// a distance where that was tried (see `TransferRegret`); nil where nothing is known about it.
  public var predictedRegret: Double?
  /// The database that answered; nil for the grade `default`.
  public var database: String?

  public var configuration: Configuration? { row?.configuration }
}

/// Answers from several databases, of which the first that has the best grade wins.
public struct Lookup: Sendable {
  public let databases: [Database]
  /// Can this machine run the configuration at all? Rows that it cannot run are no answers.
  private let canRun: @Sendable (Configuration) -> Bool

  /// Beyond this distance (see `ShapeDistance`) a shape says nothing about another: 6 is a factor of 64 in one dimension, less where
  /// leading dimensions follow it.
  static let farthestShape = 6.0

  public init(
    _ databases: [Database], canRun: @escaping @Sendable (Configuration) -> Bool = { _ in true }
  ) {
    self.databases = databases
    self.canRun = canRun
  }

  public func answer(_ query: LookupQuery) -> Answer {
    let nothing = Answer(
      query: query, grade: .default, differs: ["nothing comparable is in the database"])
    let answers = databases.flatMap { database in
      Self.steps.lazy.compactMap { $0(self, query, database) }.prefix(1)
    }
    // `min` returns the first of equals: the first database of the search path.
    return answers.min { $0.grade < $1.grade } ?? nothing
  }

  private typealias Step = @Sendable (Lookup, LookupQuery, Database) -> Answer?

  /// In the order of the grades.
  private static let steps: [Step] = [
    { $0.exact($1, $2) }, { $0.sameHardware($1, $2) }, { $0.nearShape($1, $2) },
    { $0.nearHardware($1, $2) },
  ]
}

// MARK: - One step a grade

extension Lookup {
  private func exact(_ query: LookupQuery, _ database: Database) -> Answer? {
    let row = usable(database[query.hardwareClass], query).first {
      $0.problem == query.problem && $0.cores == query.cores && $0.policy.name == query.policy
    }
    return row.map { answer(query, .exact, $0, database, regret: 0) }
  }

  private func sameHardware(_ query: LookupQuery, _ database: Database) -> Answer? {
    let rows = usable(database[query.hardwareClass], query).filter { $0.problem == query.problem }
    let nearest = rows.min { conditions($0, query) < conditions($1, query) }
    return nearest.map { answer(query, .sameHardware, $0, database) }
  }

  private func nearShape(_ query: LookupQuery, _ database: Database) -> Answer? {
    let near = usable(database[query.hardwareClass], query).compactMap { row in
      ShapeDistance.between(row.problem, query.problem).map { (row: row, distance: $0) }
    }.filter { $0.distance <= Self.farthestShape }
    let nearest = near.min {
      $0.distance + conditions($0.row, query) < $1.distance + conditions($1.row, query)
    }
    return nearest.map { nearest in
      let regret = database[query.hardwareClass].flatMap {
        TransferRegret(of: query.problem, in: $0).predicted(at: nearest.distance)
      }
      return answer(query, .nearShape, nearest.row, database, regret: regret)
    }
  }

  /// Of several classes the one whose hardware agrees in most facts.
  private func nearHardware(_ query: LookupQuery, _ database: Database) -> Answer? {
    let own = database[query.hardwareClass]?.host?.hardware
    let others = database.classes.filter { $0.name != query.hardwareClass }
    let rows = others.flatMap { other in
      usable(other, query).filter { $0.problem == query.problem }.map {
        (row: $0, agreement: HardwareAgreement.share(own, other.host?.hardware))
      }
    }
    let nearest = rows.min {
      ($1.agreement, conditions($0.row, query)) < ($0.agreement, conditions($1.row, query))
    }
    return nearest.map { answer(query, .nearHardware, $0.row, database) }
  }

  /// Rows that the caller may run: not more threads than it has cores.
  private func usable(_ records: HardwareClassRecords?, _ query: LookupQuery) -> [BestRow] {
    (records?.best ?? []).filter {
      $0.configuration.int("threads", default: 1) <= query.cores && canRun($0.configuration)
    }
  }

  /// Distance of the conditions: a factor of two in cores counts 1, another policy 2.
  private func conditions(_ row: BestRow, _ query: LookupQuery) -> Double {
    let cores = abs(ShapeDistance.logarithm(row.cores) - ShapeDistance.logarithm(query.cores))
    return cores + (row.policy.name == query.policy ? 0 : 2)
  }

  private func answer(
    _ query: LookupQuery, _ grade: Grade, _ row: BestRow, _ database: Database,
    regret: Double? = nil
  ) -> Answer {
    Answer(
      query: query, grade: grade, row: row, differs: Self.differences(row, query),
      predictedRegret: regret, database: database.path)
  }

  private static func differences(_ row: BestRow, _ query: LookupQuery) -> [String] {
    let names = Set(row.problem.shape.keys).union(query.problem.shape.keys).sorted()
    var differs = names.filter { row.problem[$0] != query.problem[$0] }.map {
      "\($0): \(row.problem[$0]) instead of \(query.problem[$0])"
    }
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
