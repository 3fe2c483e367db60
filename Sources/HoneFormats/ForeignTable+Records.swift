// ForeignTable+Records.swift: Hone's own records as a table for other tools.

public import HoneCore

extension ForeignTable {
  /// Names of fields that say how a problem was measured, beside its shape and attributes.
  static let typesField = "types"
  static let coresField = "cores"
  static let policyField = "policy"

  /// - Parameters:
  ///   - dimensions: an operation's dimensions in its own order; others follow by name.
  ///   - device: the hardware class.
  public init(
    records: [Record], device: String, dimensions: (String) -> [String] = { _ in [] }
  ) {
    self.init(tool: "hone", device: device)
    rows = records.map { Self.row($0, dimensions($0.problem.operation)) }
    parameters = withParameters().parameters
    if !records.isEmpty {
      notExpressed.append(
        "proofs, intervals, noise floors, paired verdicts and provenance stay in the database")
    }
  }

  static func problem(of record: Record, _ dimensions: [String]) -> ForeignProblem {
    let shape = record.problem.shape
    let order =
      dimensions.filter { shape[$0] != nil }
      + shape.keys.filter { !dimensions.contains($0) }.sorted()
    let extents = order.map { ForeignField($0, .integer(shape[$0] ?? 0)) }
    let attributes = record.problem.attributes.sorted { $0.key < $1.key }.map {
      ForeignField($0.key, .string($0.value))
    }
    return ForeignProblem(
      kernel: record.problem.operation,
      fields: extents + [ForeignField(typesField, .string(record.problem.types))] + attributes + [
        ForeignField(coresField, .string(String(record.cores))),
        ForeignField(policyField, .string(record.policy.name)),
      ])
  }

  private static func row(_ record: Record, _ dimensions: [String]) -> ForeignRow {
    var configuration = record.configuration.parameters.mapValues { JSONValue($0) }
    configuration["backend"] = .string(record.configuration.backend)
    configuration["variant"] = .string(record.configuration.variant)
    var row = ForeignRow(
      problem: problem(of: record, dimensions), configuration: configuration, outcome: .measured,
      seconds: record.measurement?.median, samples: record.measurement?.samples ?? [],
      time: record.provenance.time)
    if let failure = failures[record.outcome] {
      row.outcome = .failed(failure, reason: record.detail)
      (row.seconds, row.samples) = (nil, [])
    }
    return row
  }

  private static let failures: [Outcome: ForeignFailure] = [
    .wrong: .wrong, .failed: .runtime, .unsupported: .constraints, .timedOut: .timeout,
  ]

  static func outcome(of failure: ForeignFailure) -> Outcome {
    failures.first { $0.value == failure }?.key ?? .failed
  }
}
