// Workload.swift: a weighted list of problems: what a model or a program really calls.

public import HoneCore

/// One problem of a workload.
public struct WorkloadEntry: Hashable, Sendable {
  public var problem: Problem
  /// How often it runs per unit of work (a forward pass, a request): what a gain on it is worth.
  public var weight: Double
  /// The conditions it is measured under: those that its use has.
  public var policy: MeasurementPolicy
  /// Where in the model it comes from.
  public var note: String
  /// What was seen where the entry was recorded from a running program.
  public var observed: ObservedCalls?

  public init(
    _ problem: Problem, weight: Double = 1, policy: MeasurementPolicy, note: String = "",
    observed: ObservedCalls? = nil
  ) {
    self.problem = problem
    self.weight = weight
    self.policy = policy
    self.note = note
    self.observed = observed
  }

  /// With the usual pages and samples and nothing beside.
  public init(
    _ problem: Problem, weight: Double = 1, operands: MeasurementPolicy.Operands = .warm,
    note: String = "", observed: ObservedCalls? = nil
  ) {
    self.init(
      problem, weight: weight, policy: MeasurementPolicy(operands: operands), note: note,
      observed: observed)
  }

  public var operands: MeasurementPolicy.Operands {
    get { policy.operands }
    set { policy.operands = newValue }
  }
}

public struct Workload: Hashable, Sendable {
  /// One word: "llama3-8b".
  public var name: String
  /// One sentence for people.
  public var summary: String
  /// The published model, configuration or trace that the shapes come from, and what was scaled or left out.
  public var source: String
  public var entries: [WorkloadEntry]

  public init(name: String, summary: String, source: String, entries: [WorkloadEntry]) {
    self.name = name
    self.summary = summary
    self.source = source
    self.entries = entries
  }
}
