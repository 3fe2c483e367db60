// TuningAccount.swift: the closing account of a session: how much was tried, where the time went, what it gained and when it pays back.

internal import HoneCore

/// What a session did with its time. Made by `TuningSession.account` when it has run.
public struct TuningAccount: Sendable, Encodable {
  public struct Time: Sendable, Encodable {
    public var budgetSeconds: Double
    public var usedSeconds: Double
    /// Inside kernels: proofs, warm-ups, samples and the probes of the machine's limits.
    public var kernelSeconds: Double
    /// The share of `usedSeconds` that was not spent inside kernels.
    public var outsideShare: Double
    /// Of the time outside, by what it was spent on.
    public var outside: [String: Double]
  }

  public var time: Time
  /// Problems (for each core budget), those that something is served for, and those that nobody got to.
  public var problems: Int
  public var served: Int
  public var notReached: Int
  /// Configurations tried in this session, and valid ones of all its problems together.
  public var tried: Int
  public var spaceSize: Double
  /// Seconds for one pass over the workload's problems that this session served: calls × time, untuned and tuned.
  public var untunedSeconds: Double
  public var tunedSeconds: Double
  /// The share of `tunedSeconds` that trying as many again is expected to save.
  public var expectedGain: Double
  /// Passes after which the saved time is more than the session took, and the seconds these passes run; nil where nothing was saved.
  public var paysBackAfterPasses: Double?
  public var paysBackAfterSeconds: Double?
  /// Who thought of what is served: "default", "analytic", "transfer", "strategy" → problems.
  public var origins: [String: Int]
  /// Why searches ended: "converged", "exhausted", "budget", "first-pass" → problems.
  public var ends: [String: Int]

  init(_ summaries: [TuningSummary], time: Time) {
    self.time = time
    problems = summaries.count
    served = summaries.count { $0.served != nil }
    notReached = summaries.count { $0.served == nil }
    tried = summaries.reduce(0) { $0 + $1.tried }
    spaceSize = summaries.reduce(0) { $0 + Double($1.spaceSize) }
    let new = summaries.filter(\.isNew)
    func total(_ seconds: (TuningSummary, TuningSummary.Served) -> Double) -> Double {
      new.reduce(0) { sum, summary in
        sum + (summary.served.map { summary.calls * seconds(summary, $0) } ?? 0)
      }
    }
    tunedSeconds = total { $1.medianSeconds }
    untunedSeconds = total { $1.medianSeconds * $1.speedup }
    let left = total { $1.medianSeconds * ($0.search?.expectedGain ?? 0) }
    expectedGain = tunedSeconds > 0 ? left / tunedSeconds : 0
    let saved = untunedSeconds - tunedSeconds
    let passes = saved > 0 ? (time.usedSeconds / saved).rounded(.up) : nil
    paysBackAfterPasses = passes
    paysBackAfterSeconds = passes.map { [tunedSeconds] in $0 * tunedSeconds }
    origins = Self.counts(
      new.compactMap { summary in
        summary.served.flatMap { $0.origin.split(separator: ":").first.map(String.init) }
      })
    ends = Self.counts(new.compactMap { $0.search?.reason })
  }

  private static func counts(_ words: [String]) -> [String: Int] {
    words.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }
}

extension TuningAccount.Time {
  init(budgetSeconds: Double, usedSeconds: Double, ledger: TimeLedger) {
    self.budgetSeconds = budgetSeconds
    self.usedSeconds = usedSeconds
    kernelSeconds = min(ledger[.kernels], usedSeconds)
    outsideShare = usedSeconds > 0 ? 1 - kernelSeconds / usedSeconds : 0
    outside = [:]
    for part in TimeLedger.Part.allCases where part != .kernels && ledger[part] > 0 {
      outside[part.rawValue] = ledger[part]
    }
    let claimed = outside.values.reduce(0, +)
    outside["other"] = max(0, usedSeconds - kernelSeconds - claimed)
  }
}
