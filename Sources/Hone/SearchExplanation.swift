// SearchExplanation.swift: what a search taught: which parameters moved time, who tried what, and why the winner won.

public import HoneCore
public import HoneSearch

/// For one problem, from everything that is known of its space.
public struct SearchExplanation: Sendable, Encodable {
  /// What one source of candidates came up with.
  public struct Source: Sendable, Encodable {
    /// "default", "analytic", "transfer", "strategy".
    public var name: String
    public var tried: Int
    /// Wrong, failed or refused.
    public var unusable: Int
    /// Relative to the default's time; below 1 is faster.
    public var bestRelativeTime: Double?
  }

  public var title: String
  public var tried: Int
  public var spaceSize: Int
  /// Most important first; empty where too little was tried to say.
  public var importance: [ParameterImportance]
  public var sources: [Source]
  /// nil where nothing is served.
  public var served: Configuration?
  /// Sentences, most important first.
  public var reasons: [String]
}

extension TuningSession {
  /// One a problem, in the order of the workload; when the session has run.
  public var explanations: [SearchExplanation] { tuners.map(\.explanation) }
}

extension ProblemTuner {
  var explanation: SearchExplanation {
    SearchExplanation(
      title: job.title, tried: trials.count, spaceSize: problemSpace.size,
      importance: ParameterImportance.ranking(tree: problemSpace.tree, evaluations: evaluations),
      sources: sources, served: outcome.servedConfiguration, reasons: reasons)
  }

  /// In the order of the space: the same whatever the order of a dictionary.
  private var evaluations: [Evaluation] {
    trials.compactMap { point, trial in
      problemSpace.tree.index(of: point).map {
        (number: $0, evaluation: Evaluation(point: point, value: trial.relativeTime))
      }
    }.sorted { $0.number < $1.number }.map(\.evaluation)
  }

  private var sources: [SearchExplanation.Source] {
    let groups = Dictionary(grouping: trials.values) { trial in
      trial.origin?.split(separator: ":").first.map(String.init) ?? "unknown"
    }
    return groups.sorted { $0.key < $1.key }.map { name, trials in
      SearchExplanation.Source(
        name: name, tried: trials.count, unusable: trials.count { $0.relativeTime == nil },
        bestRelativeTime: trials.compactMap(\.relativeTime).min())
    }
  }

  private var reasons: [String] {
    guard let served = outcome.served else { return [outcome.note].filter { !$0.isEmpty } }
    var reasons: [String] = []
    if served.isDefault {
      reasons.append("nothing was shown to be faster than the default")
    } else {
      let (low, high) = (percent(served.interval.low), percent(served.interval.high))
      reasons.append(
        "\(percent(served.speedup)) % faster than the default (\(low) … \(high) %), beyond the noise floor of \(tenths(served.noiseFloor)) %"
      )
    }
    if let record = servedRecord, !record.detail.isEmpty { reasons.append(record.detail) }
    if !served.origin.isEmpty { reasons.append("thought of by \(served.origin)") }
    reasons += changes
    return reasons
  }

  private var servedRecord: Record? {
    servedBySession ?? known.served
  }

  /// What it does otherwise than the untuned default of the problem.
  private var changes: [String] {
    let base = problemSpace.defaultConfiguration
    guard let served = outcome.servedConfiguration, served != base else { return [] }
    var parts: [String] = []
    if served.variant != base.variant || served.backend != base.backend {
      parts.append("\(served.backend) \(served.variant) instead of \(base.backend) \(base.variant)")
    }
    for (name, value) in served.parameters.sorted(by: { $0.key < $1.key }) {
      if let usual = base[name], usual != value {
        parts.append("\(name) \(value) instead of \(usual)")
      }
    }
    return parts.isEmpty ? [] : ["differs by \(parts.joined(separator: ", "))"]
  }

  private func percent(_ ratio: Double) -> String { tenths(ratio - 1) }

  /// Of a fraction, as percent with one decimal.
  private func tenths(_ fraction: Double) -> String { "\((fraction * 1000).rounded() / 10)" }
}
