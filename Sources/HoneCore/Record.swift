// Record.swift: a measurement with everything needed to trust it later: problem, configuration, proof, policy, provenance.

/// Proof that a configuration computed the right thing: its output, written over poison, against a Double oracle.
public struct Proof: Hashable, Sendable, Codable {
  /// "double" (every element), "double-sampled" (some rows), "freivalds" (random projection of everything plus some rows).
  public var oracle: String
  /// Largest |difference| relative to the scale that the operation's error bound is stated for.
  public var error: Double
  /// What the error had to stay under.
  public var bound: Double
  /// Output elements that were compared one by one.
  public var compared: Int
  /// The numeric class: a digest of the output's bits. Configurations with the same one in one session computed the same bits, so they add in
  /// the same order; nil where nobody looked.
  public var bits: String?

  public init(oracle: String, error: Double, bound: Double, compared: Int) {
    self.oracle = oracle
    self.error = error
    self.bound = bound
    self.compared = compared
  }

  /// False also where the error is NaN.
  public var holds: Bool { error <= bound }
}

/// Who measured, with what, when and where. No host names, no serial numbers.
public struct Provenance: Hashable, Sendable, Codable {
  public var tool: String
  /// Library → version or signature: `["openblas": "0.3.21", "kernels-x86v3": "0.1.0"]`.
  public var libraries: [String: String]
  public var hardwareClass: String
  /// Random, made once per database and host.
  public var host: String
  /// Random, one per run of the tuner.
  public var session: String
  public var seed: UInt64
  /// "local" …, or `imported`.
  public var strategy: String
  /// Signature of the space that was searched.
  public var space: String
  /// Start of this configuration's trial, RFC 3339, UTC.
  public var time: String
  /// What disturbed measurements on the host when the session began, in a line (`hone doctor`); nil where nobody looked.
  public var quietness: String?

  public init(
    tool: String, libraries: [String: String], hardwareClass: String, host: String,
    session: String, seed: UInt64, strategy: String, space: String, time: String,
    quietness: String? = nil
  ) {
    self.tool = tool
    self.libraries = libraries
    self.hardwareClass = hardwareClass
    self.host = host
    self.session = session
    self.seed = seed
    self.strategy = strategy
    self.space = space
    self.time = time
    self.quietness = quietness
  }
}

/// What became of a configuration that was tried.
public enum Outcome: String, Hashable, Sendable, Codable {
  case measured
  /// It ran and its output was wrong; `detail` says how.
  case wrong
  case failed
  case unsupported
  case timedOut = "timed-out"
}

/// At which point of the tuning a record was made.
public enum Stage: String, Hashable, Sendable, Codable {
  /// One of many candidates, measured briefly in interleaved rounds.
  case screen
  /// A finalist, measured in the paired A/B against the default. Only these can be served.
  case final
}

/// One configuration tried on one problem: the unit of the journal. Losers and failures are records too.
public struct Record: Hashable, Sendable, Codable {
  public var problem: Problem
  /// The core budget it was tuned for.
  public var cores: Int
  public var configuration: Configuration
  public var outcome: Outcome
  public var stage: Stage
  /// For people: why it is not `measured`, or why it left the race. Empty otherwise.
  public var detail: String
  public var policy: MeasurementPolicy
  /// nil unless it was measured.
  public var measurement: Measurement?
  /// nil where it did not run.
  public var proof: Proof?
  /// Time relative to the default's in the same race, below 1 is faster; nil where there was no race. Values of different races
  /// compare, because drift cancels: a resumed search takes them over.
  public var relativeTime: Double?
  /// Relative half-width of what an A/A comparison calls a difference in this session: 0.012 is 1.2 %.
  public var noiseFloor: Double?
  /// Verdicts of the paired final; empty at the screening stage.
  public var comparisons: [Comparison]
  /// Is this configuration what is served for the problem after this session?
  public var served: Bool
  /// Who thought of it: "default", "analytic", "transfer:512x512x512" or "transfer:<hardware class>", "strategy:auto"; nil where nobody noted it.
  public var origin: String?
  /// Which proposal of the strategy it was; nil where it was not the strategy's.
  public var step: SearchStep?
  /// Of the one that is served: the finalists that are not shown to differ from the best, itself included. nil where it stands alone.
  public var tied: [Configuration]?
  /// Of the one that is served: how far the search had come.
  public var search: SearchEnd?
  public var provenance: Provenance

  public init(
    problem: Problem, cores: Int, configuration: Configuration, outcome: Outcome, stage: Stage,
    detail: String = "", policy: MeasurementPolicy, measurement: Measurement? = nil,
    proof: Proof? = nil, relativeTime: Double? = nil, noiseFloor: Double? = nil,
    comparisons: [Comparison] = [], served: Bool = false, origin: String? = nil,
    step: SearchStep? = nil, tied: [Configuration]? = nil, search: SearchEnd? = nil,
    provenance: Provenance
  ) {
    self.problem = problem
    self.cores = cores
    self.configuration = configuration
    self.outcome = outcome
    self.stage = stage
    self.detail = detail
    self.policy = policy
    self.measurement = measurement
    self.proof = proof
    self.relativeTime = relativeTime
    self.noiseFloor = noiseFloor
    self.comparisons = comparisons
    self.served = served
    self.origin = origin
    self.step = step
    self.tied = tied
    self.search = search
    self.provenance = provenance
  }

  /// The verdict against the default, where this record carries one.
  public var againstDefault: Comparison? { comparisons.first { $0.role == "default" } }
}

extension Provenance {
  /// The strategy of records that another tool measured: nothing here proved them, and none of them is served.
  public static let imported = "imported"

  public var isImported: Bool { strategy == Self.imported }
}
