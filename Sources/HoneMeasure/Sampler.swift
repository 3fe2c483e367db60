// Sampler.swift: takes samples of one target: warm-up, batches long enough for the clock, disturbed samples retaken.

public import HoneCore

/// How samples are taken.
public struct SamplerOptions: Sendable, Hashable {
  /// A sample lasts at least this many seconds …
  public var sampleSeconds = 100e-6
  /// … and at least this many steps of the clock: 1000 keeps the clock's error under 0.1 %.
  public var resolutionsPerSample = 1000.0
  public var maximumBatch = 1 << 20
  /// How often a disturbed sample is retaken before the last try is kept, marked.
  public var retakes = 3
  /// Executions shorter than this many seconds get one untimed execution before each sample, so that what ran in
  /// between (another candidate) does not count against this one's caches.
  public var leadInSeconds = 0.005
  /// One execution a sample, however short.
  public var isSingle = false
  /// Disturbances that belong to the conditions: a neighbour on the same cores preempts.
  public var tolerated: Pollution = []
  /// What samples are compared by. Energy needs an energy sensor.
  public var quantity = Quantity.time

  public init() {}

  /// As a policy says.
  public init(_ policy: MeasurementPolicy, sharesCores: Bool = false) {
    sampleSeconds = Double(policy.sampling.sampleMicroseconds) * 1e-6
    isSingle = policy.sampling.batching == .single
    quantity = policy.quantity
    // Energy counters step about once a millisecond.
    if quantity == .energy { sampleSeconds = max(sampleSeconds, 0.02) }
    if sharesCores { tolerated = [.preempted, .migrated] }
  }
}

/// One sample: the mean over a batch.
public struct Sample: Sendable, Hashable {
  /// Seconds for one execution.
  public var seconds: Double
  /// Empty, unless every retake was disturbed as well.
  public var pollution: Pollution
  /// How many disturbed samples were thrown away before this one.
  public var retaken: Int
  /// Joules for one execution, beyond the idle machine's; nil where energy is not metered.
  public var joules: Double?

  public init(
    seconds: Double, pollution: Pollution = [], retaken: Int = 0, joules: Double? = nil
  ) {
    self.seconds = seconds
    self.pollution = pollution
    self.retaken = retaken
    self.joules = joules
  }
}

/// Takes samples of one target.
public struct Sampler {
  public let target: any MeasurementTarget
  /// Executions in one sample; 0 before `prepare`.
  public private(set) var batch = 0
  /// Clean samples that were asked for and disturbed samples that were thrown away, so far.
  public private(set) var polluted = 0
  /// Seconds spent inside the target so far, untimed executions included.
  public private(set) var busySeconds = 0.0
  /// Seconds that getting ready between samples took so far.
  public private(set) var pauseSeconds = 0.0
  /// Energy of all samples that were kept so far, and the seconds that they took.
  private(set) var metered = (joules: 0.0, seconds: 0.0, executions: 0)
  /// The fewest minor faults in a sample so far: the target makes them every time.
  private var usualFaults: UInt64?

  private let instruments: Instruments
  private let options: SamplerOptions
  private var leadIn = 0

  public init(
    _ target: any MeasurementTarget, instruments: Instruments, options: SamplerOptions = .init()
  ) {
    self.target = target
    self.instruments = instruments
    self.options = options
  }

  /// Warms up and sizes the batch. Returns a first estimate of the seconds for one execution, good to a factor of two.
  /// A target whose very first execution takes 50 ms or more is not run again here.
  @discardableResult
  public mutating func prepare() throws(Refusal) -> Double {
    guard options.quantity == .time || instruments.energy != nil else {
      throw .unsupported("energy is to be compared, and nothing meters it")
    }
    getReady()
    let needed =
      options.isSingle
      ? 0
      : max(
        options.sampleSeconds,
        options.resolutionsPerSample * Double(instruments.clock.resolutionNanoseconds) * 1e-9)
    var count = 1
    var elapsed = try timed(count)
    // The first execution pays for page faults and cold code: only later ones size the batch.
    if elapsed < Self.cheapSeconds { elapsed = try undisturbed(count) }
    while elapsed < needed && count < options.maximumBatch {
      let growth = elapsed > 0 ? needed / elapsed * 1.2 : 16
      count = min(options.maximumBatch, count * max(2, Int(min(growth, 64).rounded(.up))))
      elapsed = try undisturbed(count)
    }
    batch = count
    let estimate = elapsed / Double(count)
    leadIn = estimate < options.leadInSeconds ? 1 : 0
    return estimate
  }

  /// One sample; prepares first where that was not done.
  public mutating func sample() throws(Refusal) -> Sample {
    if batch == 0 { try prepare() }
    getReady()
    var retaken = 0
    while true {
      if leadIn > 0 { _ = try timed(leadIn) }
      let sample = try take(retaken)
      if sample.pollution.isEmpty || retaken == options.retakes {
        if let joules = sample.joules {
          metered.joules += joules * Double(batch)
          metered.seconds += sample.seconds * Double(batch)
          metered.executions += batch
        }
        return sample
      }
      retaken += 1
      polluted += 1
    }
  }

  /// Makes samples longer by this factor; at most the largest batch. A policy of single executions keeps them.
  mutating func stretch(by factor: Double) {
    guard batch > 0, factor > 1, !options.isSingle else { return }
    batch = min(options.maximumBatch, Int((Double(batch) * min(factor, 1e6)).rounded(.up)))
  }

  /// One batch under the clock, the sensor and, where there is one, the meter.
  private mutating func take(_ retaken: Int) throws(Refusal) -> Sample {
    let joulesBefore = instruments.energy?.joules()
    let before = instruments.sensor.read()
    let elapsed = try timed(batch)
    let after = instruments.sensor.read()
    let faults = after.faults(since: before)
    let pollution = after.pollution(
      since: before, lasting: elapsed, usualFaults: usualFaults ?? 0)
    usualFaults = min(usualFaults ?? faults, faults)
    var sample = Sample(
      seconds: elapsed / Double(batch), pollution: pollution.subtracting(options.tolerated),
      retaken: retaken)
    if let energy = instruments.energy, let joulesBefore {
      let net = energy.joules() - joulesBefore - energy.idleWatts * elapsed
      sample.joules = net / Double(batch)
    }
    return sample
  }

  private mutating func getReady() {
    let start = instruments.clock.now()
    target.prepare()
    pauseSeconds += instruments.clock.seconds(since: start)
  }

  /// Runs that take less than this many seconds are repeated to be sure of their length.
  private static let cheapSeconds = 0.05

  /// The shorter of two runs: one that was preempted for milliseconds must not make a batch of one look long enough.
  private mutating func undisturbed(_ executions: Int) throws(Refusal) -> Double {
    let first = try timed(executions)
    return first < Self.cheapSeconds ? min(first, try timed(executions)) : first
  }

  private mutating func timed(_ executions: Int) throws(Refusal) -> Double {
    let start = instruments.clock.now()
    try target.run(executions)
    let seconds = instruments.clock.seconds(since: start)
    busySeconds += seconds
    return seconds
  }
}

extension Sampler {
  /// `count` samples of one target, and what they say. For machine limits and plain timings; configurations that
  /// are to be compared belong into a `Race` or a `Duel`, where drift cancels.
  public static func measure(
    _ target: any MeasurementTarget, samples count: Int, instruments: Instruments,
    options: SamplerOptions = .init()
  ) throws(Refusal) -> Measurement {
    var sampler = Sampler(target, instruments: instruments, options: options)
    var samples: [Double] = []
    for _ in 0..<max(1, count) { samples.append(try sampler.sample().seconds) }
    return Measurement(samples: samples, batch: sampler.batch, polluted: sampler.polluted)
  }
}

extension Measurement {
  /// Stored beside the median, so that a reader needs no statistics to see how a time spreads.
  private static let probabilities = [0.05, 0.25, 0.75, 0.95]

  /// With the median, its rank-based interval and the quantiles computed from `samples` (seconds, at least one).
  public init(
    samples: [Double], batch: Int, polluted: Int = 0, confidence: Double = 0.95
  ) {
    self.init(
      samples: samples, batch: batch, median: Statistics.median(samples),
      interval: Statistics.medianInterval(samples, confidence: confidence), polluted: polluted)
    let sorted = samples.sorted()
    quantiles = Dictionary(
      uniqueKeysWithValues: Self.probabilities.map {
        ("\($0)", Statistics.quantile(sorted: sorted, $0))
      })
  }
}
