// Duel.swift: the final: few contestants against the default, paired in interleaved rounds, with the noise floor from the same run.

public import HoneCore

/// When a duel ends and how sure it must be.
public struct DuelOptions: Sendable, Hashable {
  /// At least that many rounds, budget permitting.
  public var minimumRounds = 12
  public var rounds = 400
  /// The rounds are spread over at least this many seconds of the clock: what holds for 20 ms only is no result.
  public var minimumSeconds = 0.25
  /// Budget in seconds of the clock, warm-up included. It is checked before each sample.
  public var seconds = 10.0
  /// The duel ends when the intervals of all speed-ups, over the default and over the best challenger, are no wider than ± this
  /// (0.01: 1 %), or ± a tenth of the gain where the gain is so large that a percent does not matter.
  public var precision = 0.01
  /// Of the verdicts taken together: with three contestants each has its interval at 1 − 0.05 / 3.
  public var confidence = 0.95
  /// The noise floor is at least this: differences that are smaller are never called one.
  public var minimumNoiseFloor = 0.005
  /// Stops measuring who is shown to lose to another contestant.
  public var settlesLosers = true
  public var sampler = SamplerOptions()

  public init() {}
}

/// What one contestant did in a duel.
public struct DuelLane: Sendable, Hashable {
  /// Seconds for one execution, one sample a round from the first round on.
  public var samples: [Double]
  /// What was compared, of each sample: the seconds, or joules where energy is the quantity.
  public var costs: [Double]
  /// Energy of one execution; nil where it was not metered.
  public var energy: Energy?
  /// Executions in one sample.
  public var batch: Int
  /// Disturbed samples that were thrown away and retaken.
  public var polluted: Int
  /// It was no longer measured after that many rounds, since it was shown to be slower than another; nil: measured to the end.
  public var settled: Int?
  public var refusal: Refusal?

  /// nil where it was refused or not reached.
  public var measurement: Measurement? {
    guard !samples.isEmpty else { return nil }
    var measurement = Measurement(samples: samples, batch: batch, polluted: polluted)
    measurement.energy = energy.map { .value($0) }
    return measurement
  }
}

/// The outcome of a duel; contestant 0 is the default.
public struct DuelResult: Sendable, Hashable {
  public var lanes: [DuelLane]
  /// What the default measured against itself in the same rounds could be mistaken for: the largest relative difference inside the
  /// interval of that A/A comparison, but at least `minimumNoiseFloor`. 0.012 is 1.2 %.
  public var noiseFloor: Double
  /// Of each round the logarithm of the default's cost over its shadow's: the A/A comparison.
  public var shadowRatios: [Double]
  /// Confidence of each single interval, adjusted for the number of contestants.
  public var confidence: Double
  /// Who is to be served: the best of those that are faster than the default, or 0 where none is.
  public var winner: Int
  /// Others that are not shown to differ from the winner, ascending. A tie with the default is not broken in anybody's favour: then the winner is 0.
  public var tied: [Int]
  /// Complete rounds.
  public var rounds: Int
  /// Seconds of the clock that the duel took, of these the seconds spent inside targets, and those of getting ready between samples.
  public var seconds: Double
  public var busySeconds: Double
  public var pauseSeconds: Double
}

/// Measures contestants against the default (contestant 0) and against each other.
///
/// In a round everybody gives one sample, in a new random order, and the default gives two: the second belongs to a shadow
/// that is compared with the default as any contestant would be. What that A/A comparison shows is the noise floor.
/// When to stop depends on the widths of the intervals, not on where they lie, so looking often does not make winners. The
/// same clock readings and seed give the same duel.
public struct Duel {
  let options: DuelOptions
  let instruments: Instruments
  let interrupted: () -> Bool
  var generator: SeededGenerator
  /// Contestants in the caller's order, then the default's shadow.
  var tracks: [Track]
  var settled: [Int?]
  var completeRounds = 0
  /// Of `pauseSeconds`, what passed before the first round.
  var warmUpPause = 0.0

  /// Runs a duel. Throws only where the default itself refuses or `contestants` is empty; `interrupted` is asked before each sample.
  public static func run(
    contestants: [any MeasurementTarget], options: DuelOptions = .init(),
    instruments: Instruments, seed: UInt64, interrupted: @escaping () -> Bool = { false }
  ) throws(Refusal) -> DuelResult {
    guard let first = contestants.first else {
      throw .unsupported("a duel needs at least the default")
    }
    var duel = Duel(
      targets: contestants + [first], options: options, instruments: instruments, seed: seed,
      interrupted: interrupted)
    return try duel.run()
  }

  private init(
    targets: [any MeasurementTarget], options: DuelOptions, instruments: Instruments,
    seed: UInt64, interrupted: @escaping () -> Bool
  ) {
    self.options = options
    self.instruments = instruments
    self.interrupted = interrupted
    generator = SeededGenerator(seed: seed)
    tracks = targets.map { Track($0, instruments: instruments, options: options.sampler) }
    settled = Array(repeating: nil, count: targets.count)
  }

  private mutating func run() throws(Refusal) -> DuelResult {
    let start = instruments.clock.now()
    var nextCheck = options.minimumRounds
    for index in tracks.indices where !isOver(start) || index == 0 { tracks[index].prepare() }
    try throwIfDefaultRefused()
    warmUpPause = pauseSeconds
    while completeRounds < options.rounds {
      guard runRound(since: start) else { break }
      try throwIfDefaultRefused()
      completeRounds += 1
      if completeRounds == Self.stretchRound { stretch(since: start) }
      settleLosers()
      guard completeRounds >= nextCheck,
        instruments.clock.seconds(since: start) >= options.minimumSeconds
      else { continue }
      // An eighth more each time: checking costs time, too.
      nextCheck = completeRounds + max(1, completeRounds / 8)
      if isPrecise { break }
    }
    try throwIfDefaultRefused()
    return result(since: start)
  }

  /// Who is still measured: the default, its shadow, and the contestants that neither lost nor failed.
  var active: [Int] {
    tracks.indices.filter { settled[$0] == nil && tracks[$0].refusal == nil }
  }

  var shadow: Int { tracks.count - 1 }

  private func throwIfDefaultRefused() throws(Refusal) {
    if let refusal = tracks[0].refusal ?? tracks[shadow].refusal { throw refusal }
  }

  private func isOver(_ start: UInt64) -> Bool {
    interrupted() || instruments.clock.seconds(since: start) >= options.seconds
  }

  /// One sample of everybody in random order; false where the budget or the user ended it before it was complete.
  private mutating func runRound(since start: UInt64) -> Bool {
    var order = active
    generator.shuffleByGroup(&order) { tracks[$0].group }
    for index in order {
      if isOver(start) { return false }
      tracks[index].takeSample()
    }
    return true
  }
}
