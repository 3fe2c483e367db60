// ProblemTuner+Screening.swift: the search: proposals in batches, each proven, then raced against the default.

internal import Glibc
internal import HoneCore
internal import HoneMeasure
internal import HoneSearch

/// A strategy at work, with what it was told when it began.
struct OngoingSearch {
  var strategy: any Strategy
  /// `number` counts the proposals so far.
  var step: SearchStep
  /// Answers of a killed search that its strategy has not asked for again yet.
  var replay: [Point: Trial]
  /// The strategy has nothing more to propose.
  var isOver = false
}

/// Candidates of one race, in the order in which they were proposed.
struct Batch {
  struct Entry {
    var point: Point
    var step: SearchStep?
    var origin: String
    /// nil where the journal has the answer already.
    var candidate: Candidate?
    var answer: Double?
    var optimistic: Double?
  }

  var entries: [Entry] = []
}

extension ProblemTuner {
  /// Asks the strategy for whole batches until `seconds` of the clock are used up, the space ends or nothing more is to be gained.
  /// - Parameter seconds: searching and racing; a batch is begun only where it should fit.
  /// - Returns: why it ended, in the words of `SearchEnd`.
  func screen(_ bench: Bench, seconds: Double) throws -> String {
    let deadline = Deadline(in: seconds, clock: session.instruments.clock)
    if search == nil { search = try begin() }
    while true {
      report(.screening(tried: trials.count, size: problemSpace.size))
      if trials.count >= problemSpace.size, search?.replay.isEmpty != false {
        return SearchEnd.exhausted
      }
      if isConverged { return SearchEnd.converged }
      let fits =
        deadline.secondsLeft >= 0.8 * Double(search?.step.batch ?? 1) * secondsPerTrial
      guard fits, !isInterrupted else { return SearchEnd.budget }
      let (batch, took) = try session.ledger.timed { try nextBatch(bench) }
      screeningSeconds += took
      if !batch.entries.isEmpty {
        try settle(batch, bench, seconds: max(deadline.secondsLeft, secondsPerTrial))
      }
      if search?.isOver == true { return SearchEnd.exhausted }
    }
  }

  /// Makes the strategy and tells it what is known, in the order of the space, which a resumed session finds again.
  private func begin() throws -> OngoingSearch {
    var step = known.step ?? plannedStep
    step.number = 0
    let task = SearchTask(
      tree: problemSpace.tree, budget: step.evaluations, seed: session.options.seed, start: [])
    var strategy = try Strategies.make(name: session.options.strategy, task: task)
    let told = trials.filter { known.replay[$0.key] == nil }
      .compactMap { point, trial in
        problemSpace.tree.index(of: point).map { (number: $0, point: point, trial: trial) }
      }.sorted { $0.number < $1.number }
    session.ledger.spend(.search) {
      for (_, point, trial) in told {
        strategy.tell(Evaluation(point: point, value: trial.relativeTime))
      }
    }
    return OngoingSearch(strategy: strategy, step: step, replay: known.replay)
  }

  /// What a search that begins is told: an equal part of the budget, whatever was used of it, so that a session which was killed before it
  /// began tells the same. A power of two, since how fast the machine was in one second should not decide what is proposed.
  var plannedStep: SearchStep {
    let once = defaultSeconds ?? session.costs.executionSeconds(job)
    let seconds = session.options.budgetSeconds / Double(max(1, session.tuners.count))
    let trials = max(1, seconds / CostModel.trialSeconds(once))
    let rounded = 1 << Int(log2(min(trials, 1e6)).rounded())
    return SearchStep(
      number: 0, evaluations: max(1, min(problemSpace.size, rounded)),
      batch: min(max(1, rounded / 8), Self.batchSize))
  }

  /// Proposals that could be planned and were proven right, or are known; the others are recorded and told at once.
  private func nextBatch(_ bench: Bench) throws -> Batch {
    var batch = Batch()
    var isReplaying = true
    while batch.entries.count < search?.step.batch ?? 0, !isInterrupted {
      guard let point = ask() else {
        search?.isOver = true
        break
      }
      if let trial = search?.replay.removeValue(forKey: point) {
        guard trial.wasRaced else {
          tell(point, nil)
          continue
        }
        batch.entries.append(
          Batch.Entry(
            point: point, step: search?.step, origin: origin, answer: trial.relativeTime))
        continue
      }
      isReplaying = false
      try add(point, step: search?.step, origin: origin, to: &batch, bench)
    }
    if !isReplaying { tellStrangers() }
    return batch
  }

  private var origin: String { "strategy:\(session.options.strategy)" }

  private func ask() -> Point? {
    session.ledger.spend(.search) {
      let point = search?.strategy.ask()
      if point != nil { search?.step.number += 1 }
      return point
    }
  }

  private func tell(_ point: Point, _ value: Double?) {
    session.ledger.spend(.search) {
      search?.strategy.tell(Evaluation(point: point, value: value))
    }
  }

  /// Once the strategy goes beyond the journal, what the journal has left was proposed under other circumstances: it is told as it is.
  private func tellStrangers() {
    guard let left = search?.replay, !left.isEmpty else { return }
    search?.replay = [:]
    let ordered = left.compactMap { point, trial in
      problemSpace.tree.index(of: point).map { ($0, point, trial) }
    }.sorted { $0.0 < $1.0 }
    for (_, point, trial) in ordered { tell(point, trial.relativeTime) }
  }

  /// Adds a point to a batch where it can be planned and computes the right thing; else records why not and tells it.
  func add(
    _ point: Point, step: SearchStep?, origin: String, to batch: inout Batch, _ bench: Bench
  ) throws {
    let configuration = problemSpace.space.configuration(at: point)
    outcome.tried += 1
    screened += 1
    trials[point] = Trial(relativeTime: nil, wasRaced: false, origin: origin)
    if let candidate = try proven(configuration, step: step, bench) {
      batch.entries.append(
        Batch.Entry(point: point, step: step, origin: origin, candidate: candidate))
    } else {
      outcome.unusable += 1
      if step != nil { tell(point, nil) }
    }
  }

  /// The candidate, or nil after recording why it is none.
  private func proven(
    _ configuration: Configuration, step: SearchStep?, _ bench: Bench
  ) throws -> Candidate? {
    var record: Record
    switch attempt(configuration, bench) {
    case .success(let candidate):
      if candidate.proof.holds { return candidate }
      record = self.record(
        configuration, .wrong, .screen, detail: "its output differs from the oracle",
        proof: candidate.proof)
    case .failure(let refusal):
      let outcome: Outcome = if case .failed = refusal { .failed } else { .unsupported }
      record = self.record(configuration, outcome, .screen, detail: refusal.description)
    }
    record.step = step
    try append(record)
    return nil
  }
}
