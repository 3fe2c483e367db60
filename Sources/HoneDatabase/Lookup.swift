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
  /// The problem itself, or one whose data is as good as alike (see `Lookup.alikeData`); then `differs` says so.
  case exact
  /// This hardware and problem, under another policy or for another number of cores.
  case sameHardware = "same-hardware"
  /// This hardware, the nearest shape of the same operation, types and attributes; data may differ (see `Lookup.dataPerOctave`).
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
  /// What differs between the question and the record, in words; when exact empty, or the data.
  public var differs: [String]
  /// How much slower than the best this may be, as a share of its time: 0 when exact; for a near shape what neighbours' winners cost at such
  /// a distance where that was tried (see `TransferRegret`); nil where nothing is known about it.
  public var predictedRegret: Double?
  /// The database that answered; nil for the grade `default`.
  public var database: String?
  /// What changed since the row was measured, in words (see `Validity`): it should be tuned again. Empty where it is fresh or nobody asked.
  public var stale: [String] = []
  /// Seconds that the configuration should take on the shape that was asked for; nil where nothing can be said.
  public var predictedSeconds: Double?

  public var configuration: Configuration? { row?.configuration }
}

/// Answers from several databases, of which the first that has the best grade wins.
public struct Lookup: Sendable {
  public let databases: [Database]
  /// Can this machine run the configuration at all? Rows that it cannot run are no answers.
  let canRun: @Sendable (Configuration) -> Bool
  /// What a problem costs at least, whoever computes it; nil where nobody here knows.
  let cost: @Sendable (Problem) -> Cost?
  /// How far the data of a row's problem is from that of the question's.
  let likeness: @Sendable (_ recorded: Problem, _ asked: Problem) -> DataLikeness?
  /// Libraries that are here; nil: then nobody asks whether rows are stale.
  let libraries: [String: String]?

  /// Beyond this distance (see `ShapeDistance`) a shape says nothing about another: 6 is a factor of 64 in one dimension, less where
  /// leading dimensions follow it.
  static let farthestShape = 6.0

  /// Data up to this distance apart is the same problem: streams of the same traffic differ as much from day to day (see decision 0045).
  static let alikeData = 0.1
  /// Farther data counts like an extent: so much of it like a factor of two.
  static let dataPerOctave = 0.1

  public init(
    _ databases: [Database], libraries: [String: String]? = nil,
    canRun: @escaping @Sendable (Configuration) -> Bool = { _ in true },
    cost: @escaping @Sendable (Problem) -> Cost? = { _ in nil },
    likeness: @escaping @Sendable (Problem, Problem) -> DataLikeness? = { _, _ in nil }
  ) {
    self.databases = databases
    self.libraries = libraries
    self.cost = cost
    self.likeness = likeness
    self.canRun = canRun
  }

  public func answer(_ query: LookupQuery) -> Answer {
    let nothing = Answer(
      query: query, grade: .default, differs: ["nothing comparable is in the database"])
    // Of equal grades fresh rows answer first, then those of the first database of the search path: `min` returns the first of equals.
    let fresh = libraries == nil ? [] : answers(to: query) { isFresh($0.record) }
    return (fresh + answers(to: query) { _ in true }).min { $0.grade < $1.grade } ?? nothing
  }

  private func answers(to query: LookupQuery, _ admits: @escaping @Sendable (BestRow) -> Bool)
    -> [Answer]
  {
    databases.flatMap { database in
      Self.steps.lazy.compactMap { $0(self, Question(query: query, admits: admits), database) }
        .prefix(1)
    }
  }

  /// A query, and which rows may answer it.
  struct Question {
    var query: LookupQuery
    var admits: @Sendable (BestRow) -> Bool
  }

  private func isFresh(_ record: Record) -> Bool {
    libraries.map { Validity.changes(of: record, libraries: $0).isEmpty } ?? true
  }

  typealias Step = @Sendable (Lookup, Question, Database) -> Answer?

  /// In the order of the grades.
  private static let steps: [Step] = [
    { $0.exact($1, $2) }, { $0.sameHardware($1, $2) }, { $0.nearShape($1, $2) },
    { $0.nearHardware($1, $2) },
  ]
}
