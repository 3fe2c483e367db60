// Duel+Verdict.swift: when a duel is precise enough, and what its samples say about two contestants.

internal import Glibc
public import HoneCore

extension Duel {
  /// Contestants without the default and without its shadow.
  private var challengers: [Int] { active.filter { $0 != 0 && $0 != shadow } }

  /// Everybody's verdict is one of several: Bonferroni.
  private var confidence: Double {
    1 - (1 - options.confidence) / Double(max(1, tracks.count - 2))
  }

  /// Stops measuring those that lose to the leader beyond doubt, by looks as rare as a race's and at a tenth of its risk.
  mutating func settleLosers() {
    guard options.settlesLosers, Race.isLook(completeRounds),
      completeRounds >= options.minimumRounds, challengers.count > 1
    else { return }
    let candidates = active.filter { $0 != shadow }
    let standings = Standings(candidates.map { tracks[$0].logarithms })
    let leader = candidates[standings.leader]
    for index in challengers where index != leader {
      let interval = Statistics.pseudoMedianInterval(
        tracks[index].differences(to: tracks[leader]), confidence: 0.998)
      if interval.confidence >= 0.998 && interval.low > log1p(options.minimumNoiseFloor) {
        settled[index] = completeRounds
      }
    }
  }

  /// Is the A/A comparison narrow enough, and each challenger's comparison with the default and with the best challenger?
  var isPrecise: Bool {
    guard isNarrow(shadow, against: 0) else { return false }
    let challengers = challengers
    guard !challengers.isEmpty else { return true }
    let best = challengers[Standings(challengers.map { tracks[$0].logarithms }).leader]
    return challengers.allSatisfy { index in
      isNarrow(index, against: 0) && (index == best || isNarrow(index, against: best))
    }
  }

  private func isNarrow(_ index: Int, against other: Int) -> Bool {
    let ratios = tracks[other].differences(to: tracks[index])
    let interval = Statistics.medianInterval(ratios, confidence: confidence)
    let gain = abs(Statistics.median(ratios))
    return (interval.high - interval.low) / 2 <= max(options.precision, gain / 10)
  }

  func result(since start: UInt64) -> DuelResult {
    var result = DuelResult(
      lanes: tracks.indices.dropLast().map(lane), noiseFloor: noiseFloor,
      shadowRatios: tracks[0].differences(to: tracks[shadow]), confidence: confidence,
      winner: 0, tied: [], rounds: completeRounds,
      seconds: instruments.clock.seconds(since: start),
      busySeconds: tracks.reduce(0) { $0 + $1.sampler.busySeconds },
      pauseSeconds: pauseSeconds)
    let others = result.lanes.indices.dropFirst().filter { !result.lanes[$0].samples.isEmpty }
    let faster = others.filter { result.verdict(of: $0, against: 0) == .faster }
    // Those who lost to another already are no longer in question, and their few rounds would be all that counts.
    let unbeaten = faster.filter { result.lanes[$0].settled == nil }
    let pool = unbeaten.isEmpty ? faster : unbeaten
    if !pool.isEmpty {
      result.winner = pool[Standings(pool.map { tracks[$0].logarithms }).leader]
    }
    let winner = result.winner
    result.tied = others.filter { $0 != winner && result.isTie($0, with: winner) }
    return result
  }

  private func lane(_ index: Int) -> DuelLane {
    DuelLane(
      samples: tracks[index].samples, costs: tracks[index].costs, energy: energy(index),
      batch: tracks[index].sampler.batch, polluted: tracks[index].sampler.polluted,
      settled: settled[index], refusal: tracks[index].refusal)
  }

  private func energy(_ index: Int) -> Energy? {
    let metered = tracks[index].sampler.metered
    guard let meter = instruments.energy, metered.executions > 0, metered.seconds > 0 else {
      return nil
    }
    return Energy(
      joules: metered.joules / Double(metered.executions), idleWatts: meter.idleWatts,
      domains: meter.domains, seconds: metered.seconds)
  }

  private var noiseFloor: Double {
    DuelResult.noiseFloor(
      of: tracks[0].differences(to: tracks[shadow]), confidence: options.confidence,
      atLeast: options.minimumNoiseFloor)
  }
}

extension DuelResult {
  /// - Parameter ratios: logarithms of the A/A comparison.
  static func noiseFloor(
    of ratios: [Double], confidence: Double, atLeast minimum: Double
  ) -> Double {
    let interval = Statistics.medianInterval(ratios, confidence: confidence)
    // Without a single pair nothing is known, and nothing may be called a difference.
    guard interval.confidence > 0 else { return .greatestFiniteMagnitude }
    return max(minimum, expm1(max(abs(interval.low), abs(interval.high))))
  }

  /// The verdict on contestant `index` against contestant `other`, from the rounds that both took part in; nil where they shared none.
  ///
  /// `faster` asks for the whole interval above 1 and a median gain above the noise floor; `slower` for the whole interval below 1.
  /// Too few rounds for the confidence asked for are a tie, whatever they show.
  public func comparison(
    of index: Int, against other: Int, role: String, configuration: Configuration
  ) -> Comparison? {
    guard lanes.indices.contains(index), lanes.indices.contains(other) else { return nil }
    let ratios = Statistics.logRatios(lanes[other].costs, lanes[index].costs)
    guard !ratios.isEmpty else { return nil }
    let interval = Statistics.medianInterval(ratios, confidence: confidence)
    let speedup = exp(Statistics.median(ratios))
    var verdict = Comparison.Verdict.tie
    if interval.confidence >= confidence {
      if interval.low > 0 && speedup > 1 + noiseFloor { verdict = .faster }
      if interval.high < 0 { verdict = .slower }
    }
    return Comparison(
      role: role, against: configuration, speedup: speedup,
      interval: Interval(
        low: exp(interval.low), high: exp(interval.high), confidence: interval.confidence),
      pairs: ratios.count, verdict: verdict)
  }

  func verdict(of index: Int, against other: Int) -> Comparison.Verdict? {
    comparison(
      of: index, against: other, role: "", configuration: Configuration(backend: "", variant: ""))?
      .verdict
  }

  /// The winner is not shown to be faster by more than the noise floor, and `index` was not dropped as a loser.
  func isTie(_ index: Int, with winner: Int) -> Bool {
    lanes[index].settled == nil && verdict(of: winner, against: index) != .faster
  }
}
