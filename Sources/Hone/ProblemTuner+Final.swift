// ProblemTuner+Final.swift: the paired final: the default against the best few, the incumbent and the other back ends.

internal import HoneCore
internal import HoneDatabase
internal import HoneMeasure

extension ProblemTuner {
  /// Gains that are smaller are not claimed: finals are as precise as ± 1 %.
  private static let leastClaim = 0.01

  /// Holds a final and serves its winner.
  /// - Parameters:
  ///   - seconds: at most; never beyond the session's end, but a budget that is used up still buys a short one.
  ///   - challengers: that the search found, beside the incumbent and the best of each other back end.
  func final(_ bench: Bench, seconds: Double, challengers: Int, end: SearchEnd) throws {
    report(.final)
    let deadline = Deadline(in: seconds, clock: session.instruments.clock)
    let order = try ranked(bench, challengers, seconds: seconds)
    try hold(nominees(order, challengers), bench, deadline, end)
  }

  func hold(
    _ nominees: [Configuration], _ bench: Bench, _ deadline: Deadline, _ end: SearchEnd,
    confirming block: ConfirmationBlock? = nil
  ) throws {
    var contestants = [bench.canary]
    for configuration in nominees {
      guard case .success(let candidate) = attempt(configuration, bench), candidate.proof.holds
      else { continue }
      contestants.append(candidate)
    }
    bench.conditions.beginWindow()
    let options = duelOptions(bench, deadline, block)
    let result = try Duel.run(
      contestants: contestants, options: options, instruments: bench.conditions.instruments,
      seed: duelSeed(block),
      interrupted: session.interrupted)
    session.ledger.add(.kernels, result.busySeconds)
    guard !isInterrupted else {
      outcome.note = Self.interruptedNote
      return
    }
    let one = Final(result: result, contestants: contestants.map(\.configuration))
    guard let final = block.map({ joined(one, $0, options) }) ?? one else { return }
    let beside = bench.conditions.neighbourReport
    try settle(final, contestants, end, block?.earlier) {
      $0.measurement = bench.conditions.annotated($0.measurement, of: $1, beside: beside)
    }
  }

  private func duelOptions(
    _ bench: Bench, _ deadline: Deadline, _ block: ConfirmationBlock?
  ) -> DuelOptions {
    var options = DuelOptions()
    options.sampler = bench.conditions.sampler
    options.minimumNoiseFloor = Self.leastClaim
    options.settlesLosers = block == nil
    options.seconds = max(min(deadline.secondsLeft, session.secondsToEnd), 0.3)
    return options
  }

  private func duelSeed(_ block: ConfirmationBlock?) -> UInt64 {
    session.options.seed ^ (block == nil ? 0xF17A1 : 0xC0F12 &+ UInt64(confirmation.count))
  }

  /// All blocks as one final; nil before the last.
  private func joined(
    _ one: Final, _ block: ConfirmationBlock, _ options: DuelOptions
  ) -> Final? {
    confirmation.append(one)
    guard block.isLast else { return nil }
    let alike = confirmation.filter { $0.contestants == one.contestants }
    confirmation = []
    var result = DuelResult.joined(alike.map(\.result), options: options)
    if let before = block.earlier.againstDefault?.speedup,
      let index = one.contestants.firstIndex(of: block.earlier.configuration)
    {
      result.doubt(index, earlier: before)
    }
    return Final(result: result, contestants: one.contestants)
  }

  /// - Parameter annotate: adds to a record what was read beside the time.
  private func settle(
    _ final: Final, _ contestants: [Candidate], _ end: SearchEnd, _ earlier: Record?,
    annotate: (inout Record, Candidate) -> Void
  ) throws {
    let choice = final.choice(breaking: tieBreak, standing: known.incumbent)
    for index in contestants.indices {
      guard var record = record(of: index, final, contestants[index]) else { continue }
      record.served = index == choice.index
      annotate(&record, contestants[index])
      if record.served {
        record.tied = choice.tied.count > 1 ? choice.tied : nil
        record.search = end
        record.detail = choice.reason
        if let earlier { record.note(confirmationOf: earlier) }
      }
      try append(record)
      if record.served {
        session.winners.append(record)
        outcome.serve(record, end: end)
      }
    }
    try session.refreshBest()
    guard final.result.lanes[choice.index].measurement != nil else {
      outcome.note =
        "the budget ended before the final; run it again, with a larger one"
      return
    }
    outcome.note = ""
  }

  /// Says of what was served after the first pass that the search ended there, for want of time.
  func closeSearch() throws {
    guard var record = servedBySession else { return }
    record.provenance.time = SessionIdentity.now()
    record.search?.reason = SearchEnd.budget
    try append(record)
    outcome.serve(record, end: record.search)
  }

  private func record(of index: Int, _ final: Final, _ candidate: Candidate) -> Record? {
    let lane = final.result.lanes[index]
    var record = record(candidate.configuration, .measured, .final, proof: candidate.proof)
    record.noiseFloor = final.result.noiseFloor
    if let refusal = lane.refusal {
      record.outcome = .failed
      record.detail = refusal.description
      return record
    }
    guard let measurement = lane.measurement else { return nil }
    record.measurement = measurement
    record.comparisons = final.comparisons(of: index, otherBackends: otherBackends)
    record.relativeTime = record.againstDefault.map { 1 / $0.speedup }
    record.detail = final.detail(of: index)
    if let point = problemSpace.space.point(of: candidate.configuration),
      trials[point]?.relativeTime == nil, let time = record.relativeTime
    {
      trials[point]?.relativeTime = time
    }
    return record
  }

  /// Configurations beside the default, without repetition.
  func nominees(_ ranked: [Configuration], _ count: Int) -> [Configuration] {
    var chosen = Array(ranked.prefix(count)) + nominated
    for incumbent in [outcome.servedConfiguration, known.incumbent].compactMap({ $0 })
    where problemSpace.space.point(of: incumbent) != nil {
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

  private var tieBreak: TieBreak {
    TieBreak(
      problem: job.entry.problem, space: problemSpace,
      times: trials.compactMapValues(\.relativeTime), elsewhere: session.recordsElsewhere(job),
      incumbent: outcome.servedConfiguration ?? known.incumbent)
  }
}
