// ForeignTable.swift: what any tool's file of results says, in words that all formats here are mapped to and from.

public import HoneCore

/// A tunable parameter of somebody's kernel, with the values that were listed or seen, in their order.
public struct ForeignParameter: Hashable, Sendable {
  public var name: String
  public var values: [JSONValue]

  public init(_ name: String, _ values: [JSONValue]) {
    self.name = name
    self.values = values
  }
}

/// A named field of a problem: an extent (a number) or a word.
public struct ForeignField: Hashable, Sendable {
  public var name: String
  public var value: JSONValue

  public init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

/// What was computed: a kernel's name and fields, in the order in which their tool counts them.
public struct ForeignProblem: Hashable, Sendable {
  public var kernel: String
  public var fields: [ForeignField]

  public init(kernel: String, fields: [ForeignField] = []) {
    self.kernel = kernel
    self.fields = fields
  }

  public subscript(name: String) -> JSONValue? { fields.first { $0.name == name }?.value }
}

/// Why a configuration has no time.
public enum ForeignFailure: String, Hashable, Sendable, CaseIterable {
  case compile, runtime, wrong, constraints, timeout
}

public enum ForeignOutcome: Hashable, Sendable {
  case measured
  /// The tool serves it, and says nothing about its time.
  case chosen
  case failed(ForeignFailure, reason: String)
}

/// One configuration on one problem.
public struct ForeignRow: Hashable, Sendable {
  public var problem: ForeignProblem
  /// Parameter name → value.
  public var configuration: [String: JSONValue]
  public var outcome: ForeignOutcome
  /// Seconds for one execution, as the tool sums up its samples; nil unless measured.
  public var seconds: Double?
  /// Seconds; empty where the format keeps none.
  public var samples: [Double]
  /// What it cost to find out, in seconds; nil where the format does not say.
  public var compileSeconds: Double?
  public var benchmarkSeconds: Double?
  /// When, as it was written.
  public var time: String?
  /// Where the row names a machine of its own; else the table's.
  public var device: String?

  public init(
    problem: ForeignProblem, configuration: [String: JSONValue], outcome: ForeignOutcome,
    seconds: Double? = nil, samples: [Double] = [], time: String? = nil
  ) {
    self.problem = problem
    self.configuration = configuration
    self.outcome = outcome
    self.seconds = seconds
    self.samples = samples
    self.time = time
  }
}

/// The results in one file, or those to be written into one.
public struct ForeignTable: Hashable, Sendable {
  /// The tool that made them: "kernel-tuner".
  public var tool: String
  /// The machine in the tool's words; empty where the format does not say.
  public var device: String
  /// Versions and the like by name, as far as the format has them.
  public var environment: [String: String]
  public var parameters: [ForeignParameter]
  public var rows: [ForeignRow]
  /// What the file says that this table cannot hold, each in a sentence. Never left unsaid by a door.
  public var notExpressed: [String]

  public init(
    tool: String, device: String = "", environment: [String: String] = [:],
    parameters: [ForeignParameter] = [], rows: [ForeignRow] = [], notExpressed: [String] = []
  ) {
    self.tool = tool
    self.device = device
    self.environment = environment
    self.parameters = parameters
    self.rows = rows
    self.notExpressed = notExpressed
  }

  /// Problems in the order in which they first appear.
  public var problems: [ForeignProblem] {
    var seen: Set<ForeignProblem> = []
    return rows.map(\.problem).filter { seen.insert($0).inserted }
  }
}
