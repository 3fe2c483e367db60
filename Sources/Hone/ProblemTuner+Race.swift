// ProblemTuner+Race.swift: measures a batch against the default, records every lane, and tells the strategy in the order of its proposals.

internal import HoneCore
internal import HoneMeasure
internal import HoneSearch

extension ProblemTuner {
  /// Measures what is not known of a batch, then tells everything that the strategy proposed.
  func settle(_ batch: Batch, _ bench: Bench, seconds: Double) throws {
    var batch = batch
    let open = batch.entries.indices.filter { batch.entries[$0].candidate != nil }
    var answered = Set(batch.entries.indices).subtracting(open)
    if !open.isEmpty {
      let (result, took) = try session.ledger.timed {
        try race(open.compactMap { batch.entries[$0].candidate }, bench, seconds: seconds)
      }
      screeningSeconds += took
      for (index, lane) in zip(open, result.lanes) where lane.departure != .notReached {
        batch.entries[index].answer = lane.relativeTime
        batch.entries[index].optimistic = optimistic(lane)
        answered.insert(index)
        try append(lane, of: batch.entries[index])
      }
    }
    for index in batch.entries.indices where answered.contains(index) { note(batch.entries[index]) }
  }

  /// Of few rounds the interval is the range of the samples, and of one it is a point: on a noisy host the truth may lie far below.
  private func optimistic(_ lane: RaceLane) -> Double? {
    guard let interval = lane.interval, lane.departure == nil else { return nil }
    return lane.samples.count < 4 ? 0.7 * interval.low : interval.low
  }

  private func note(_ entry: Batch.Entry) {
    trials[entry.point] = Trial(
      relativeTime: entry.answer, wasRaced: true, origin: entry.origin,
      optimistic: entry.optimistic)
    if let time = entry.answer, time < lastGain.best * (1 - noiseFloor) {
      lastGain = (trials.count, time)
    }
    guard entry.step != nil else { return }
    session.ledger.spend(.search) {
      search?.strategy.tell(Evaluation(point: entry.point, value: entry.answer))
    }
  }

  private func race(_ candidates: [Candidate], _ bench: Bench, seconds: Double) throws -> RaceResult
  {
    var options = RaceOptions()
    options.sampler = bench.conditions.sampler
    options.seconds = max(min(seconds, session.secondsToEnd), 0)
    options.rounds = 24
    options.minimumRounds = 8
    options.survivors = 2
    let result = try Race.run(
      canary: bench.canary, candidates: candidates, options: options,
      instruments: bench.conditions.instruments,
      seed: session.options.seed &+ UInt64(outcome.tried),
      interrupted: session.interrupted)
    session.ledger.add(.kernels, result.busySeconds)
    return result
  }

  private func append(_ lane: RaceLane, of entry: Batch.Entry) throws {
    guard let candidate = entry.candidate else { return }
    var record = record(
      candidate.configuration, .measured, .screen, detail: lane.departure?.description ?? "",
      proof: candidate.proof)
    record.measurement = lane.measurement
    record.relativeTime = lane.relativeTime
    record.step = entry.step
    if lane.measurement == nil { record.outcome = .failed }
    try append(record)
  }
}

// MARK: - What a trial costs and may bring

extension ProblemTuner {
  /// As measured so far, else as estimated.
  var secondsPerTrial: Double {
    screened > 0
      ? max(screeningSeconds / Double(screened), 1e-6)
      : CostModel.trialSeconds(defaultSeconds ?? session.costs.executionSeconds(job))
  }

  var noiseFloor: Double { max(outcome.served?.noiseFloor ?? 0.01, 0.005) }

  var expectedGain: ExpectedGain {
    ExpectedGain(times: trials.values.compactMap(\.relativeTime), tried: trials.count)
  }

  var convergence: ConvergenceRule {
    ConvergenceRule(size: problemSpace.size, noiseFloor: noiseFloor)
  }

  /// Is there nothing left to gain that could be told from noise? Not before a killed search was replayed.
  var isConverged: Bool {
    // Who asked for everything gets everything.
    session.options.strategy != Exhaustive.name && search?.replay.isEmpty != false
      && convergence.isConverged(expectedGain, lastGain: lastGain.tried)
  }

  func searchEnd(_ reason: String) -> SearchEnd {
    SearchEnd(
      reason: reason, tried: trials.count, size: problemSpace.size,
      expectedGain: convergence.expectedGain(expectedGain))
  }
}
