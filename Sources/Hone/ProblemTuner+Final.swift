// ProblemTuner+Final.swift: the paired final: the default against the best few, the incumbent and the other back ends.

internal import HoneCore
internal import HoneDatabase
internal import HoneMeasure

extension ProblemTuner {
  /// Finalists that the search found, beside the default, the incumbent and the best of each other back end.
  private static let finalists = 3

  func final(canary: Candidate, known: [StoredRecord]) throws -> TuningSummary {
    guard !interrupted() else { return summary(note: "interrupted; run it again to continue") }
    report(.final, bestRelativeTime)
    var contestants = [canary]
    for configuration in challengers(known) {
      guard case .success(let candidate) = attempt(configuration), candidate.proof.holds else {
        continue
      }
      contestants.append(candidate)
    }
    var options = DuelOptions()
    // A budget that is used up still buys a short final: without one nothing can be served.
    options.seconds = max(deadline.secondsLeft, 1)
    let result = try Duel.run(
      contestants: contestants, options: options, instruments: instruments,
      seed: session.seed ^ 0xF17A1, interrupted: interrupted)
    guard !interrupted() else { return summary(note: "interrupted; run it again to continue") }
    try append(result, contestants)
    guard result.lanes[result.winner].measurement != nil else {
      return summary(note: "the budget ended before the final; run it again, with a larger one")
    }
    return summary(result, contestants)
  }

  /// Configurations beside the default, without repetition.
  private func challengers(_ known: [StoredRecord]) -> [Configuration] {
    let ranked = trials.compactMap { point, trial in trial.relativeTime.map { (point, $0) } }
      .sorted {
        ($0.1, $0.0.branch, $0.0.indices.description) < (
          $1.1, $1.0.branch, $1.0.indices.description
        )
      }
      .map { problemSpace.space.configuration(at: $0.0) }
    var chosen = Array(ranked.prefix(Self.finalists))
    if let incumbent = known.last(where: { $0.record.served })?.record.configuration,
      problemSpace.space.point(of: incumbent) != nil
    {
      chosen.append(incumbent)
    }
    for name in otherBackends {
      if let best = ranked.first(where: { $0.backend == name }) { chosen.append(best) }
    }
    var seen: Set<Configuration> = [problemSpace.defaultConfiguration]
    return chosen.filter { seen.insert($0).inserted }
  }

  /// Back ends other than the default's that can do the problem.
  private var otherBackends: [String] {
    var names: [String] = []
    for branch in problemSpace.space.branches
    where branch.backend != problemSpace.space.branches[0].backend {
      if !names.contains(branch.backend) { names.append(branch.backend) }
    }
    return names
  }

  private func append(_ result: DuelResult, _ contestants: [Candidate]) throws {
    for (index, lane) in result.lanes.enumerated() {
      let candidate = contestants[index]
      var record = record(candidate.configuration, .measured, .final, proof: candidate.proof)
      if let refusal = lane.refusal {
        record.outcome = .failed
        record.detail = refusal.description
      } else {
        guard let measurement = lane.measurement else { continue }
        record.measurement = measurement
        record.comparisons = comparisons(of: index, result, contestants)
        record.relativeTime = record.againstDefault.map { 1 / $0.speedup }
        record.detail = detail(of: index, result, contestants)
        record.served = index == result.winner
      }
      record.noiseFloor = result.noiseFloor
      try writer.append(record)
    }
    try writer.refreshBest()
  }

  /// Against the default, and against the best of each other back end.
  private func comparisons(
    of index: Int, _ result: DuelResult, _ contestants: [Candidate]
  ) -> [Comparison] {
    var list: [Comparison] = []
    if index != 0,
      let versus = result.comparison(
        of: index, against: 0, role: "default", configuration: contestants[0].configuration)
    {
      list.append(versus)
    }
    for name in otherBackends where contestants[index].configuration.backend != name {
      let rivals = contestants.indices.filter {
        contestants[$0].configuration.backend == name && result.lanes[$0].measurement != nil
      }
      guard let rival = rivals.min(by: { median(result, $0) < median(result, $1) }),
        let versus = result.comparison(
          of: index, against: rival, role: "best-of:\(name)",
          configuration: contestants[rival].configuration)
      else { continue }
      list.append(versus)
    }
    return list
  }

  private func median(_ result: DuelResult, _ index: Int) -> Double {
    result.lanes[index].measurement?.median ?? .infinity
  }

  private func detail(
    of index: Int, _ result: DuelResult, _ contestants: [Candidate]
  ) -> String {
    if index == result.winner {
      let ties = result.tied.map { contestants[$0].configuration.key }
      return ties.isEmpty ? "" : "not shown to differ from: \(ties.joined(separator: "; "))"
    }
    if let settled = result.lanes[index].settled { return "lost after \(settled) rounds" }
    return result.tied.contains(index) ? "not shown to differ from the one that is served" : ""
  }

  private func summary(note: String) -> TuningSummary {
    TuningSummary(
      operation: "\(operation.name) \(entry.problem.types)",
      title: operation.title(of: entry.problem), cores: cores, policy: policy.name, tried: tried,
      unusable: unusable, spaceSize: problemSpace.size, served: nil, note: note)
  }

  private func summary(_ result: DuelResult, _ contestants: [Candidate]) -> TuningSummary {
    var summary = summary(note: "")
    let winner = result.winner
    let versus = result.comparison(
      of: winner, against: 0, role: "default", configuration: contestants[0].configuration)
    summary.served = TuningSummary.Served(
      configuration: contestants[winner].configuration.key,
      medianSeconds: median(result, winner), speedup: winner == 0 ? 1 : versus?.speedup ?? 1,
      interval: versus?.interval ?? Interval(low: 1, high: 1), isDefault: winner == 0,
      noiseFloor: result.noiseFloor, tied: result.tied.count)
    return summary
  }
}
