// TuningSession+Passes.swift: who gets time: a first look for every problem that fits, then searching where calls × time × expected gain is.

internal import HoneCore
internal import HoneDatabase
internal import HoneOperations

// MARK: - First passes

extension TuningSession {
  /// A first pass takes no more than this many times the least that it can be had for, in case the estimate was low.
  private static let firstPassSlack = 6.0

  /// Of the time that there is for all first passes: on a noisy host a final takes all it gets, and searching is worth more.
  private static let firstPassShare = 0.4

  /// Visits every problem that nothing is served for, the cheapest first.
  func firstPasses() throws {
    for tuner in tuners where tuner.outcome.isDone { tuner.report(.skipped) }
    var waiting = tuners.filter { !$0.outcome.isReached }
    while !interrupted() {
      // Estimates get better with every visit: the order may change, and who did not fit may fit now.
      let left = secondsToEnd - limitReserve
      let fitting = waiting.indices.filter { costs.leastSeconds(waiting[$0].job) <= left }
      guard let index = fitting.min(by: { isBefore(waiting[$0], waiting[$1]) }) else { break }
      let tuner = waiting.remove(at: index)
      try firstPass(tuner, among: waiting)
    }
    for tuner in waiting { tuner.outcome.note = noTime(tuner.job, execution: nil) }
  }

  private func noTime(_ job: TuningJob, execution: Double?) -> String {
    let least = costs.leastSeconds(job, execution: execution)
    return "no time for it: needs about \(Int(least.rounded(.up))) s"
  }

  /// The cheapest first: most problems are reached, and the dear ones find winners of near shapes. Of the same price, who is called more.
  private func isBefore(_ one: ProblemTuner, _ other: ProblemTuner) -> Bool {
    let (first, second) = (costs.leastSeconds(one.job), costs.leastSeconds(other.job))
    return (first, -one.job.entry.weight) < (second, -other.job.entry.weight)
  }

  private func firstPass(_ tuner: ProblemTuner, among waiting: [ProblemTuner]) throws {
    defer { tuner.close() }
    try tuner.open()
    // What a run takes is known only now.
    guard let seconds = firstPassSeconds(tuner, among: waiting) else {
      tuner.outcome.note = noTime(tuner.job, execution: tuner.defaultSeconds)
      return
    }
    let problem = tuner.job.entry.problem
    let model = AnalyticModel(
      problem: problem, cost: tuner.job.operation.cost(of: problem), facts: context.facts,
      limits: costs.limits)
    let start = ledger.spend(.planning) {
      HeadStart(
        space: tuner.problemSpace, transfer: transfer(tuner).seeds, model: model,
        seed: options.seed)
    }
    try tuner.firstPass(Array(start.candidates.prefix(HeadStart.most)), seconds: seconds)
    tuner.report(.done(speedup: tuner.outcome.served?.speedup))
  }

  /// What is left when the others get their least, shared in proportion to it, but no more than a look is worth; nil where it is less than
  /// the least. The operands are made already.
  private func firstPassSeconds(_ tuner: ProblemTuner, among waiting: [ProblemTuner]) -> Double? {
    let left = secondsToEnd - limitReserve
    let once = tuner.defaultSeconds ?? costs.executionSeconds(tuner.job)
    let own = CostModel.finalSeconds(once, challengers: 1) + once
    guard own <= left else { return nil }
    let others = waiting.map { costs.leastSeconds($0.job) }.filter { $0 <= left - own }
    let share = left * own / (own + others.reduce(0, +))
    // Where the head start is all there is, nothing is to be kept for searching on.
    if tuner.problemSpace.size <= HeadStart.most { return max(own, share) }
    return max(own, min(Self.firstPassShare * share, Self.firstPassSlack * own + 1))
  }

  /// Winners of other problems, of this database and of this session, as points of the problem's space.
  func transfer(_ tuner: ProblemTuner) -> Transfer {
    let served = (database?.classes ?? []).flatMap { $0.best.map(\.record) }
    return Transfer(
      to: tuner.job, tree: tuner.problemSpace.tree, hardwareClass: identity.hardwareClass,
      winners: served + winners
    ) { problem in
      Operations.named(problem.operation)?.title(of: problem) ?? problem.key
    }
  }

  /// What was measured of near shapes and other core counts on this hardware class, in this session's beginning.
  func recordsElsewhere(_ job: TuningJob) -> [Record] {
    (database?[identity.hardwareClass]?.records ?? []).map(\.record).filter {
      ($0.problem != job.entry.problem || $0.cores != job.cores)
        && $0.problem.operation == job.operation.name
        && $0.provenance.libraries == context.libraries
    }
  }
}

// MARK: - Searching on

extension TuningSession {
  /// A session that ends in order has given everybody what the budget allows: the same command has nothing to add. One that was killed
  /// leaves searches open, and the next one goes on with them.
  func closeSearches() throws {
    for tuner in tuners where tuner.outcome.isNew && tuner.outcome.end?.isOpen == true {
      try tuner.closeSearch()
    }
  }

  /// Gives the rest of the time to the problems where it is worth most, one visit after the other, until the time is up or nothing more is
  /// expected that could be told from noise.
  func searchOn() throws {
    while !interrupted() {
      let open = tuners.filter { !$0.outcome.isDone && $0.outcome.served != nil }
      let items = Self.levelled(open.map(item))
      let seconds = BudgetPlan.shares(
        items, seconds: secondsToEnd - limitReserve - confirmationReserve)
      let next = open.indices.filter { seconds[$0] > 0 }.max {
        BudgetPlan.worth(items[$0]) < BudgetPlan.worth(items[$1])
      }
      guard let next else { return }
      try visit(open[next], seconds: seconds[next])
    }
  }

  /// Nobody counts for less than this share of the mean: weights are rough, and short kernels are cheap to search.
  private static let leastWorth = 0.125

  private static func levelled(_ items: [BudgetPlan.Item]) -> [BudgetPlan.Item] {
    let mean = items.reduce(0) { $0 + $1.gain } / Double(max(1, items.count))
    return items.map { item in
      var item = item
      item.gain = max(item.gain, leastWorth * mean)
      return item
    }
  }

  private func item(_ tuner: ProblemTuner) -> BudgetPlan.Item {
    let once = tuner.outcome.served?.medianSeconds ?? 0
    let gain = tuner.expectedGain
    let price = tuner.secondsPerTrial
    let opening = tuner.openingSeconds > 0 ? tuner.openingSeconds : costs.openingSeconds(tuner.job)
    let fixed = opening + finalSeconds(tuner)
    let left = max(0, tuner.problemSpace.size - tuner.trials.count)
    return BudgetPlan.Item(
      gain: tuner.job.entry.weight * once * gain.gap, spent: Double(gain.tried) * price,
      fixed: fixed,
      least: max(fixed, Double((tuner.known.step ?? tuner.plannedStep).batch) * price),
      most: Double(left) * price / Self.searchShare)
  }

  func finalSeconds(_ tuner: ProblemTuner) -> Double {
    let once = tuner.defaultSeconds ?? tuner.outcome.served?.medianSeconds ?? 0
    return CostModel.finalSeconds(once, challengers: 4)
  }

  /// Of the seconds that a visit gets, what is searched with; the rest is the final's, beside the least that it needs.
  private static let searchShare = 0.7

  private func visit(_ tuner: ProblemTuner, seconds: Double) throws {
    let before = tuner.trials.count
    try tuner.deepen(
      seconds: Self.searchShare * seconds,
      final: finalSeconds(tuner) + (1 - Self.searchShare) * seconds)
    // Who could not try anything in that time will not the next time either.
    if tuner.trials.count == before, tuner.search?.replay.isEmpty != false {
      tuner.outcome.isDone = true
    }
    tuner.report(.done(speedup: tuner.outcome.served?.speedup))
    tuner.close()
  }
}
