// Race.swift: many candidates in interleaved rounds; a candidate leaves as soon as it is shown to be worse than the best.

public import HoneCore

/// When a race ends and what makes a candidate leave.
public struct RaceOptions: Sendable, Hashable {
  /// At most that many rounds; in a round each candidate still in the race gives one sample.
  public var rounds = 64
  /// At least that many before the race ends because few enough are left: who stays is known well enough to be compared with
  /// candidates of other races.
  public var minimumRounds = 2
  /// Budget of the whole race in seconds of the clock, warm-up included. It is checked before each sample.
  public var seconds = 10.0
  /// The race ends when no more than this many candidates are left; the canary does not count.
  public var survivors = 1
  /// Relative difference in time that never matters: 0.01 is 1 %.
  public var noiseFloor = 0.01
  /// Probability that the true best leaves by bad luck, spread over all candidates.
  public var risk = 0.01
  /// A candidate whose warm-up takes more than this many times the canary's leaves without a round.
  public var hopelessRatio = 8.0
  public var sampler = SamplerOptions()

  public init() {}
}

/// Why a candidate is no longer measured.
public enum Departure: Hashable, Sendable, CustomStringConvertible {
  /// After `round` rounds it was shown to need at least `excess` more time than the best (0.05: 5 % more).
  case worse(excess: Double, round: Int)
  /// Its warm-up took `ratio` times as long as the canary's.
  case hopeless(ratio: Double)
  /// The budget ended before its turn came.
  case notReached
  case refused(Refusal)

  public var description: String {
    switch self {
    case .worse(let excess, let round):
      "at least \(Self.rounded(100 * excess)) % slower than the best after \(round) rounds"
    case .hopeless(let ratio): "\(Self.rounded(ratio)) times as slow as the default at warm-up"
    case .notReached: "the budget ended before its turn"
    case .refused(let refusal): refusal.description
    }
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

/// What one candidate did in a race.
public struct RaceLane: Sendable, Hashable {
  /// Seconds for one execution, one sample a round from the first round on; empty where it was refused or not reached. A
  /// hopeless candidate has the estimate from its warm-up.
  public var samples: [Double]
  /// Executions in one sample.
  public var batch: Int
  /// Disturbed samples that were thrown away and retaken.
  public var polluted: Int
  /// Time relative to the canary's: below 1 is faster than the canary. It is the distance of the two in a fit over all contestants and
  /// rounds (`MedianPolish`), so drift cancels and values of different races compare. nil without samples.
  public var relativeTime: Double?
  /// Of `relativeTime`.
  public var interval: Interval?
  /// nil: still in the race when it ended.
  public var departure: Departure?

  /// nil without samples.
  public var measurement: Measurement? {
    samples.isEmpty ? nil : Measurement(samples: samples, batch: batch, polluted: polluted)
  }
}

/// The outcome of a race.
public struct RaceResult: Sendable, Hashable {
  public var canary: RaceLane
  /// One a candidate, in the order they were given.
  public var lanes: [RaceLane]
  /// Indices into `lanes`: survivors by standing, best first, then those who left, by relative time. Without the refused and
  /// those not reached.
  public var ranking: [Int]
  /// Complete rounds.
  public var rounds: Int
  /// Seconds of the clock that the race took, of these the seconds spent inside targets, and those of getting ready between samples.
  public var seconds: Double
  public var busySeconds: Double
  public var pauseSeconds: Double
}

/// Measures candidates against each other and a canary.
///
/// Speed drifts while a tuner runs, and a minimum is full of lucky shots, so candidates are compared within rounds only: each
/// round runs every candidate once, in a new random order, with the canary (the untuned default) among them. A candidate leaves
/// when its paired differences to the current best exclude "no worse by more than the noise floor"; see
/// `Race+Elimination.swift` for the two tests. The same clock readings and seed give the same race.
public struct Race {
  let options: RaceOptions
  let instruments: Instruments
  let interrupted: () -> Bool
  var generator: SeededGenerator
  /// The canary is track 0; candidate i is track i + 1.
  var tracks: [Track]
  var departures: [Departure?]
  var completeRounds = 0

  /// Runs a race. It ends when the budget is used up, few enough candidates are left, all that are left are equal within the noise
  /// floor, or `interrupted` says so (asked before each sample).
  /// Throws only where the canary itself refuses: without it nothing can be compared.
  public static func run(
    canary: any MeasurementTarget, candidates: [any MeasurementTarget],
    options: RaceOptions = .init(), instruments: Instruments, seed: UInt64,
    interrupted: @escaping () -> Bool = { false }
  ) throws(Refusal) -> RaceResult {
    var race = Race(
      targets: [canary] + candidates, options: options, instruments: instruments, seed: seed,
      interrupted: interrupted)
    return try race.run()
  }

  private init(
    targets: [any MeasurementTarget], options: RaceOptions, instruments: Instruments,
    seed: UInt64, interrupted: @escaping () -> Bool
  ) {
    self.options = options
    self.instruments = instruments
    self.interrupted = interrupted
    generator = SeededGenerator(seed: seed)
    tracks = targets.map { Track($0, instruments: instruments, options: options.sampler) }
    departures = Array(repeating: nil, count: targets.count)
  }

  private mutating func run() throws(Refusal) -> RaceResult {
    let start = instruments.clock.now()
    tracks[0].prepare()
    try throwIfCanaryRefused()
    while completeRounds < options.rounds {
      guard runRound(since: start) else { break }
      try throwIfCanaryRefused()
      completeRounds += 1
      // Early on after each round, when it spares the most time; later only where the sharp test looks as well.
      if completeRounds <= 8 || Self.isLook(completeRounds) { eliminate() }
      if isDecided { break }
    }
    try throwIfCanaryRefused()
    return result(since: start)
  }

  /// Candidates still in the race.
  var survivors: [Int] { tracks.indices.dropFirst().filter { departures[$0] == nil } }

  private func throwIfCanaryRefused() throws(Refusal) {
    if let refusal = tracks[0].refusal { throw refusal }
  }

  /// One sample of everybody in random order; false where the budget or the user ended it before it was complete.
  private mutating func runRound(since start: UInt64) -> Bool {
    var order = [0] + survivors
    generator.shuffleByGroup(&order) { tracks[$0].group }
    for index in order {
      if interrupted() || instruments.clock.seconds(since: start) >= options.seconds {
        return false
      }
      takeSample(index)
    }
    return true
  }

  private mutating func takeSample(_ index: Int) {
    if completeRounds == 0 && index > 0 {
      tracks[index].prepare()
      let ratio = tracks[index].estimate / tracks[0].estimate
      if ratio > options.hopelessRatio {
        tracks[index].keepEstimateAsSample()
        departures[index] = .hopeless(ratio: ratio)
        return
      }
    }
    tracks[index].takeSample()
    if let refusal = tracks[index].refusal { departures[index] = .refused(refusal) }
  }
}
