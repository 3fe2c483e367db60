// BestRow.swift: one row of best.json: what is served for a problem, a core count and a policy.

public import HoneCore

public struct BestRow: Hashable, Sendable {
  public let stored: StoredRecord

  init(_ stored: StoredRecord) { self.stored = stored }

  public var record: Record { stored.record }
  public var problem: Problem { record.problem }
  public var cores: Int { record.cores }
  public var policy: MeasurementPolicy { record.policy }
  public var configuration: Configuration { record.configuration }
  /// Seconds for one execution.
  public var median: Double { record.measurement?.median ?? .nan }
  /// The best of other back ends, as compared in the same session.
  public var others: [Comparison] { record.comparisons.filter { $0.role != "default" } }

  /// What rows are told apart by.
  public struct Key: Hashable, Comparable, Sendable {
    public var problem: String
    public var cores: Int
    public var policy: String

    init(_ record: Record) {
      problem = record.problem.key
      cores = record.cores
      policy = record.policy.name
    }

    public static func < (one: Key, other: Key) -> Bool {
      (one.problem, one.cores, one.policy) < (other.problem, other.cores, other.policy)
    }
  }

  public var key: Key { Key(record) }

  /// The row as it stands in best.json.
  func json() throws -> JSONValue {
    .object([
      "problem": try JSONValue(encoding: problem), "cores": .integer(cores),
      "policy": .string(policy.name), "conditions": try JSONValue(encoding: policy),
      "configuration": try JSONValue(encoding: configuration), "grade": .string("exact"),
      "seconds": try JSONValue(encoding: median),
      "interval": try record.measurement.map { try JSONValue(encoding: $0.interval) } ?? .null,
      "againstDefault": try record.againstDefault.map { try JSONValue(encoding: $0) } ?? .null,
      "others": try JSONValue(encoding: others),
      "noiseFloor": try record.noiseFloor.map { try JSONValue(encoding: $0) } ?? .null,
      "record": .string(stored.id), "session": .string(record.provenance.session),
      "time": .string(record.provenance.time),
      "libraries": .object(Validity.relevant(to: record).mapValues { .string($0) }),
    ])
  }
}
