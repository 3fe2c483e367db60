// Fields+Registry.swift: what results can be filtered, grouped and sorted by; one row each.

internal import HoneCore
internal import HoneOperations

/// A property of a result as it is compared and shown. Numbers sort as numbers.
public enum FieldValue: Hashable, Comparable, Sendable, CustomStringConvertible {
  case integer(Int)
  case text(String)

  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .text(let value): value
    }
  }
}

/// A named property of results.
public struct Field: Sendable {
  public var name: String
  public var summary: String
  let value: @Sendable (Observation, Fleet) -> FieldValue

  init(
    _ name: String, _ summary: String,
    _ value: @escaping @Sendable (Observation, Fleet) -> FieldValue
  ) {
    self.name = name
    self.summary = summary
    self.value = value
  }
}

public enum Fields {
  public static let all: [Field] = [
    Field("host", "the host as it is named in the report") { .text($1.hosts[$0.host].name) },
    Field("class", "the hardware class") { .text($1.hosts[$0.host].hardwareClass) },
    Field("database", "the database") { .text($1.hosts[$0.host].database) },
    Field("machine", "the random identifier of the machine") { result, _ in
      .text(result.record.provenance.host)
    },
    Field("operation", "gemm, embedding-bag, attention") { result, _ in
      .text(result.record.problem.operation)
    },
    Field("types", "the data types") { result, _ in .text(result.record.problem.types) },
    Field("problem", "operation, types and shape") { result, _ in .text(result.row.title) },
    Field("cores", "the core budget") { result, _ in .integer(result.record.cores) },
    Field("policy", "the conditions: warm, cold") { result, _ in .text(result.record.policy.name) },
    Field("backend", "who computes it") { result, _ in
      .text(result.record.configuration.backend)
    },
    Field("variant", "the variant that is served") { result, _ in
      .text(result.record.configuration.variant)
    },
    Field("session", "the run of the tuner") { result, _ in
      .text(result.record.provenance.session)
    },
    Field("date", "the day of the measurement") { result, _ in
      .text(String(result.record.provenance.time.prefix(10)))
    },
  ]

  /// Also every dimension and attribute of an operation: "m", "transB".
  public static func named(_ name: String) -> Field? {
    all.first { $0.name == name } ?? (extents.contains(name) ? extent(name) : nil)
  }

  public static var names: [String] { all.map(\.name) + extents }

  private static let extents: [String] = Operations.all.flatMap {
    $0.dimensions.map(\.name) + $0.attributes.map(\.name)
  }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }

  private static func extent(_ name: String) -> Field {
    Field(name, "a dimension or an attribute of the problem") { result, _ in
      let problem = result.record.problem
      if let extent = problem.shape[name] { return .integer(extent) }
      return .text(problem.attributes[name] ?? "")
    }
  }
}
