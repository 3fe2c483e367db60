// ProblemTuner+Playoff.swift: the best of all screening races meet in one race, before the few best of that meet the default.

internal import HoneCore
internal import HoneMeasure
internal import HoneSearch

extension ProblemTuner {
  /// More than that many cannot be told apart in the time that a playoff has.
  private static let playoffSize = 16
  /// Screening sees each candidate in a few rounds of one race, and candidates of different races only through the default. On a noisy
  /// host that is good to some 10 %: whoever is further behind than this stays out, unless it was seen too rarely to say so.
  private static let playoffReach = 1.3
  /// Of a final's time: the final itself needs most of it.
  private static let playoffShare = 0.35
  /// Rounds of a playoff that its time must suffice for.
  private static let playoffRounds = 12.0

  /// Configurations that were measured, best first; the first of them in the order of a race of their own where they are close and there is
  /// time for it.
  func ranked(_ bench: Bench, _ finalists: Int, seconds: Double) throws -> [Configuration] {
    let screened = standing
    let order = screened.map { problemSpace.space.configuration(at: $0.point) }
    guard let best = screened.first?.relativeTime else { return order }
    let contenders = screened.indices.filter { index in
      let (point, time) = screened[index]
      let optimistic = trials[point]?.optimistic ?? time
      return time <= best * Self.playoffReach || optimistic <= best
    }.prefix(Self.playoffSize)
    let close = contenders.count
    let budget = min(seconds, session.secondsToEnd) * Self.playoffShare
    let sample = max(defaultSeconds ?? 0, bench.conditions.sampler.sampleSeconds)
    let needed = 2 * sample * Double(close + 1) * Self.playoffRounds
    guard close > finalists, budget >= needed, !isInterrupted else { return order }
    let first = try playoff(contenders.map { order[$0] }, bench, finalists, seconds: budget)
    return first + order.filter { !first.contains($0) }
  }

  /// What was measured beside the default, with its time relative to the default's, best first.
  var standing: [(point: Point, relativeTime: Double)] {
    trials.compactMap { point, trial in trial.relativeTime.map { (point, $0) } }
      .filter { $0.0 != problemSpace.defaultPoint }
      .sorted {
        ($0.1, $0.0.branch, $0.0.indices.description) < (
          $1.1, $1.0.branch, $1.0.indices.description
        )
      }
  }

  /// The contenders by the standing of a race among them.
  private func playoff(
    _ contenders: [Configuration], _ bench: Bench, _ finalists: Int, seconds: Double
  ) throws -> [Configuration] {
    let ready = contenders.compactMap { configuration -> Candidate? in
      guard case .success(let candidate) = attempt(configuration, bench), candidate.proof.holds
      else { return nil }
      return candidate
    }
    var options = RaceOptions()
    options.sampler = bench.conditions.sampler
    options.rounds = 64
    options.minimumRounds = Int(Self.playoffRounds)
    options.survivors = finalists
    options.seconds = seconds
    let result = try Race.run(
      canary: bench.canary, candidates: ready, options: options,
      instruments: bench.conditions.instruments, seed: session.options.seed ^ 0x91A7_0FF,
      interrupted: session.interrupted)
    session.ledger.add(.kernels, result.busySeconds)
    return result.ranking.map { ready[$0].configuration }
  }
}
