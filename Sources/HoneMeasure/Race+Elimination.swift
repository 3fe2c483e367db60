// Race+Elimination.swift: who leaves after a round, when the race is decided, and what its result says.

internal import Glibc
internal import HoneCore

extension Race {
  /// Lets those leave who are shown to be worse than the leader. The leader may be the canary.
  mutating func eliminate() {
    let active = [0] + survivors
    guard active.count > 1 else { return }
    let standings = Standings(active.map { tracks[$0].logarithms })
    let leader = active[standings.leader]
    for index in active where index != 0 && index != leader {
      let differences = tracks[index].differences(to: tracks[leader])
      if let excess = shownExcess(differences, deviation: standings.deviation) {
        departures[index] = .worse(excess: expm1(excess), round: completeRounds)
      }
    }
  }

  /// By how much (in log time) a candidate is shown to be worse, or nil where it is not shown.
  ///
  /// Two tests, because the first must work after two rounds and the second must be sharp after many:
  /// 1. Every single difference exceeds the noise floor by so many standard deviations that, were the two equal, all would
  ///    do so with a probability of at most `risk` divided by the number of candidates. After two rounds that asks for a lot, after
  ///    ten only for the same sign. One burst cannot push anybody out, since the smallest difference decides.
  /// 2. The signed-rank interval of the differences lies above the noise floor; looked at in rounds 8, 12, 16, 24, 32, 48 …
  ///    only, since each look is another chance to err.
  private func shownExcess(_ differences: [Double], deviation: Double) -> Double? {
    let count = differences.count
    guard count >= 2, let smallest = differences.min() else { return nil }
    let floor = log1p(options.noiseFloor)
    let risk = options.risk / Double(max(1, tracks.count - 1))
    let margin = Statistics.normalQuantile(1 - pow(risk, 1 / Double(count)))
    if smallest > floor + max(0, margin) * deviation * 2.0.squareRoot() { return smallest }
    guard Self.isLook(count) else { return nil }
    let interval = Statistics.pseudoMedianInterval(
      differences, confidence: 1 - 2 * options.risk)
    return interval.confidence >= 1 - 2 * options.risk && interval.low > floor
      ? interval.low : nil
  }

  /// 8, 12, 16, 24, 32, 48, 64 …: powers of two from 8 on and their one and a half.
  static func isLook(_ round: Int) -> Bool {
    guard round >= 8 else { return false }
    let shift = round.trailingZeroBitCount
    return round >> shift == 1 || (round >> shift == 3 && shift >= 2)
  }

  /// Few enough are left, or those left are the same within the noise floor.
  var isDecided: Bool {
    let left = survivors
    if left.count <= options.survivors {
      return completeRounds >= options.minimumRounds || left.isEmpty
    }
    guard Self.isLook(completeRounds) else { return false }
    let standings = Standings(left.map { tracks[$0].logarithms })
    let floor = log1p(options.noiseFloor)
    return left.allSatisfy { index in
      let interval = Statistics.pseudoMedianInterval(
        tracks[index].differences(to: tracks[left[standings.leader]]))
      return interval.high < floor
    }
  }

  func result(since start: UInt64) -> RaceResult {
    let polish = MedianPolish(tracks.map { $0.logarithms })
    var lanes = tracks.indices.map { lane($0, polish) }
    keepBehindSurvivors(&lanes)
    return RaceResult(
      canary: lanes[0], lanes: Array(lanes.dropFirst()), ranking: ranking(lanes),
      rounds: completeRounds, seconds: instruments.clock.seconds(since: start),
      busySeconds: tracks.reduce(0) { $0 + $1.sampler.busySeconds },
      pauseSeconds: tracks.reduce(0) { $0 + $1.sampler.pauseSeconds })
  }

  private func lane(_ index: Int, _ polish: MedianPolish) -> RaceLane {
    let track = tracks[index]
    var lane = RaceLane(
      samples: track.samples, batch: track.sampler.batch, polluted: track.sampler.polluted,
      departure: departures[index])
    if track.samples.isEmpty && lane.departure == nil { lane.departure = .notReached }
    // Nothing can be said against a canary that had no turn before the budget ended.
    let differences =
      tracks[0].logarithms.isEmpty
      ? [] : polish.residuals(track.logarithms).map { $0 - polish.scores[0] }
    if case .hopeless(let ratio) = lane.departure {
      lane.relativeTime = ratio
    } else if !differences.isEmpty {
      let interval = Statistics.pseudoMedianInterval(differences)
      lane.relativeTime = exp(Statistics.pseudoMedian(differences))
      lane.interval = Interval(
        low: exp(interval.low), high: exp(interval.high), confidence: interval.confidence)
    }
    return lane
  }

  /// Who was shown to be worse than the leader of its time is at least that much behind the best who stayed, whatever its few rounds say.
  private func keepBehindSurvivors(_ lanes: inout [RaceLane]) {
    guard let best = survivors.compactMap({ lanes[$0].relativeTime }).min() else { return }
    for index in lanes.indices {
      guard case .worse(let excess, _) = lanes[index].departure else { continue }
      lanes[index].relativeTime = lanes[index].relativeTime.map { max($0, best * (1 + excess)) }
    }
  }

  private func ranking(_ lanes: [RaceLane]) -> [Int] {
    let left = survivors.filter { !tracks[$0].samples.isEmpty }
    var ranked: [Int] = []
    if !left.isEmpty {
      let scores = Standings(left.map { tracks[$0].logarithms }).scores
      ranked = left.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.map { left[$0] }
    }
    let gone = tracks.indices.dropFirst().filter { departures[$0] != nil }
      .compactMap { index in lanes[index].relativeTime.map { (time: $0, index: index) } }
      .sorted { ($0.time, $0.index) < ($1.time, $1.index) }
    return (ranked + gone.map(\.index)).map { $0 - 1 }
  }
}
