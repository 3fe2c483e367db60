// ProblemTuner+Screening.swift: the search: proposals in batches, each proven, then raced against the default.

internal import HoneCore
internal import HoneMeasure
internal import HoneSearch

extension ProblemTuner {
  /// Asks the strategy for batches until its budget or the space ends.
  func screen(_ strategy: inout any Strategy, canary: Candidate) throws {
    let end = deadline.secondsLeft * (1 - Self.screeningShare)
    let size = problemSpace.size
    report(.screening(tried: trials.count, size: size), bestRelativeTime)
    while deadline.secondsLeft > end, !interrupted() {
      let candidates = try nextBatch(&strategy)
      guard !candidates.points.isEmpty else { break }
      try race(candidates, canary: canary, seconds: deadline.secondsLeft - end, &strategy)
      report(.screening(tried: trials.count, size: size), bestRelativeTime)
      // The default again and again would be a strategy that is out of ideas.
      if candidates.isLast { break }
    }
  }

  struct Batch {
    var points: [Point] = []
    var ready: [Candidate] = []
    var isLast = false
  }

  /// Proposals that could be planned and were proven right; the others are recorded and told at once.
  private func nextBatch(_ strategy: inout any Strategy) throws -> Batch {
    var batch = Batch()
    while batch.ready.count < Self.batchSize, !interrupted(), deadline.secondsLeft > 0 {
      guard let point = strategy.ask() else {
        batch.isLast = true
        break
      }
      guard point != problemSpace.defaultPoint else {
        trials[point] = Trial(relativeTime: 1)
        strategy.tell(Evaluation(point: point, value: 1))
        continue
      }
      tried += 1
      if let candidate = try proven(problemSpace.space.configuration(at: point)) {
        batch.points.append(point)
        batch.ready.append(candidate)
      } else {
        unusable += 1
        trials[point] = Trial(relativeTime: nil)
        strategy.tell(Evaluation(point: point, value: nil))
      }
    }
    return batch
  }

  /// The candidate, or nil after recording why it is none.
  private func proven(_ configuration: Configuration) throws -> Candidate? {
    switch attempt(configuration) {
    case .success(let candidate):
      if candidate.proof.holds { return candidate }
      try writer.append(
        record(
          configuration, .wrong, .screen, detail: "its output differs from the oracle",
          proof: candidate.proof))
    case .failure(let refusal):
      let outcome: Outcome = if case .failed = refusal { .failed } else { .unsupported }
      try writer.append(record(configuration, outcome, .screen, detail: refusal.description))
    }
    return nil
  }

  func attempt(_ configuration: Configuration) -> Result<Candidate, Refusal> {
    Result { () throws(Refusal) -> Candidate in
      try Candidate(
        configuration, of: entry.problem, backends: context.backends, rotation: rotation)
    }
  }

  /// Measures a batch against the canary and records every lane.
  private func race(
    _ batch: Batch, canary: Candidate, seconds: Double, _ strategy: inout any Strategy
  ) throws {
    var options = RaceOptions()
    options.seconds = seconds
    options.rounds = 24
    options.survivors = 2
    let result = try Race.run(
      canary: canary, candidates: batch.ready, options: options, instruments: instruments,
      seed: session.seed &+ UInt64(tried), interrupted: interrupted)
    for (index, lane) in result.lanes.enumerated() where lane.departure != .notReached {
      let candidate = batch.ready[index]
      trials[batch.points[index]] = Trial(relativeTime: lane.relativeTime)
      strategy.tell(Evaluation(point: batch.points[index], value: lane.relativeTime))
      try append(lane, of: candidate)
    }
  }

  private func append(_ lane: RaceLane, of candidate: Candidate) throws {
    var record = record(
      candidate.configuration, .measured, .screen, detail: lane.departure?.description ?? "",
      proof: candidate.proof)
    record.measurement = lane.measurement
    record.relativeTime = lane.relativeTime
    if lane.measurement == nil { record.outcome = .failed }
    try writer.append(record)
  }
}
