// ResultRow.swift: what is known of one problem for one core count and policy: default, others, tuned, limit.

public import HoneCore
internal import HoneOperations

/// The facts behind one line of the results.
public struct ResultRow: Sendable {
  public var served: Record
  /// "gemm f32 512x512x512 tn".
  public var title: String
  public var weight: Double
  /// Seconds of the untuned default, as measured beside the tuned one; nil where that is not known.
  public var defaultSeconds: Double?
  public var tunedSeconds: Double?
  /// The best of the other back ends that were compared, and its seconds.
  public var other: Comparison?
  public var otherSeconds: Double?
  public var share: LimitShare?

  /// - Parameter peers: finalists of the same problem, of any session.
  init(_ record: Record, in subject: ReportSubject, peers all: [Record]) {
    served = record
    title = Self.title(of: record.problem)
    weight = subject.weights[record.problem] ?? 1
    tunedSeconds = record.measurement?.median
    let peers = all.filter { Self.isPeer($0, of: record) }
    let versus = record.againstDefault
    defaultSeconds =
      versus.map { Self.seconds(of: $0, beside: record, peers) } ?? record.measurement?.median
    let others = record.comparisons.filter { $0.role != "default" }
      .map { (comparison: $0, seconds: Self.seconds(of: $0, beside: record, peers)) }
    let best = others.min { ($0.seconds ?? .infinity) < ($1.seconds ?? .infinity) }
    other = best?.comparison
    otherSeconds = best?.seconds
    if let operation = Operations.named(record.problem.operation), let limits = subject.limits,
      let seconds = tunedSeconds
    {
      share = Roofline(limits: limits, lastLevelBytes: subject.lastLevelBytes).share(
        ofLimit: operation.cost(of: record.problem),
        constantBytes: operation.constantBytes(of: record.problem), types: record.problem.types,
        cores: record.cores, policy: record.policy, seconds: seconds)
    }
  }

  /// "gemm f32 512x512x512 tn"; the key of a problem whose operation this Hone does not know.
  static func title(of problem: Problem) -> String {
    guard let operation = Operations.named(problem.operation) else { return problem.key }
    return "\(problem.operation) \(problem.types) \(operation.title(of: problem))"
  }

  /// The verdict against the default; nil where the default itself is served.
  public var againstDefault: Comparison? { served.againstDefault }

  /// Time of the default over time of what is served; 1 where that is the default itself.
  public var speedup: Double { againstDefault?.speedup ?? 1 }

  /// "openblas" of the role "best-of:openblas".
  public var otherName: String? {
    other.map { $0.role.split(separator: ":").last.map(String.init) ?? $0.against.backend }
  }

  /// Measured in the same final?
  private static func isPeer(_ record: Record, of served: Record) -> Bool {
    record.stage == .final && record.outcome == .measured
      && record.provenance.session == served.provenance.session && record.cores == served.cores
      && record.policy == served.policy && record.problem == served.problem
  }

  /// Seconds of what a record was compared with: its own median, else what the comparison says.
  private static func seconds(
    of comparison: Comparison, beside record: Record, _ peers: [Record]
  ) -> Double? {
    let measured = peers.last { $0.configuration == comparison.against }?.measurement?.median
    return measured ?? record.measurement.map { $0.median * comparison.speedup }
  }
}
