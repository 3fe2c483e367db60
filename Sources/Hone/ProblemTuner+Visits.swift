// ProblemTuner+Visits.swift: the two kinds of visit: a first pass over default and head start, and searching on.

internal import HoneCore
internal import HoneMeasure

extension ProblemTuner {
  /// The default and the head start, and a short final: from here on something is served. Nothing is tried where an earlier session did so.
  /// - Parameter seconds: for all of it; operands are made already.
  func firstPass(_ candidates: [HeadStart.Candidate], seconds: Double) throws {
    defer { outcome.isReached = true }
    let deadline = Deadline(in: seconds, clock: session.instruments.clock)
    let bench = try open()
    let once = defaultSeconds ?? 0
    lastGain = (0, bestRelativeTime ?? .infinity)
    let fresh = candidates.filter { trials[$0.point] == nil }
    let left = deadline.secondsLeft - CostModel.finalSeconds(once, challengers: 2)
    let affordable = Int(max(0, left) / CostModel.trialSeconds(once))
    if affordable >= 2 {
      try screen(Array(fresh.prefix(affordable)), bench, deadline)
    } else {
      // No time for a race: the first of them meets the default in the final straight away.
      for candidate in fresh.prefix(1) { nominate(candidate) }
    }
    guard !isInterrupted else {
      outcome.note = Self.interruptedNote
      return
    }
    let isAll = trials.count >= problemSpace.size
    try final(
      bench, seconds: max(deadline.secondsLeft, 0.2 * seconds),
      challengers: isAll ? 3 : affordable >= 2 ? 2 : 1,
      end: searchEnd(isAll ? SearchEnd.exhausted : SearchEnd.firstPass))
  }

  private func screen(
    _ candidates: [HeadStart.Candidate], _ bench: Bench, _ deadline: Deadline
  ) throws {
    var rest = candidates[...]
    while !rest.isEmpty, !isInterrupted, session.secondsToEnd > 0 {
      report(.screening(tried: trials.count, size: problemSpace.size))
      var batch = Batch()
      let (_, proving) = try session.ledger.timed {
        while batch.entries.count < Self.batchSize, let candidate = rest.popFirst() {
          try add(candidate.point, step: nil, origin: candidate.origin, to: &batch, bench)
        }
      }
      screeningSeconds += proving
      try settle(
        batch, bench, seconds: max(deadline.secondsLeft / 2, 3 * (defaultSeconds ?? 0)))
      if deadline.secondsLeft < CostModel.finalSeconds(defaultSeconds ?? 0, challengers: 2) {
        break
      }
    }
  }

  private func nominate(_ candidate: HeadStart.Candidate) {
    nominated.append(problemSpace.space.configuration(at: candidate.point))
    if trials[candidate.point] == nil {
      trials[candidate.point] = Trial(
        relativeTime: nil, wasRaced: false, origin: candidate.origin)
    }
  }

  /// Searches for as long as it was given or pays, then holds a final.
  /// - Parameters:
  ///   - seconds: of searching; operands and the final come on top.
  ///   - final: seconds for the final.
  func deepen(seconds: Double, final finalBudget: Double) throws {
    let bench = try open()
    let reason = try screen(bench, seconds: seconds)
    guard !isInterrupted else {
      outcome.note = Self.interruptedNote
      return
    }
    // A final ends when it is precise. After the last search of a problem it may take what its share of the rest allows until then.
    let open = session.tuners.count { !$0.outcome.isDone }
    let rest = reason == SearchEnd.budget ? 0 : 0.5 * session.secondsToEnd / Double(max(1, open))
    try final(
      bench, seconds: max(finalBudget, rest), challengers: 3, end: searchEnd(reason))
    outcome.isDone = reason != SearchEnd.budget
  }

  static let interruptedNote = "interrupted; run it again to continue"
}
