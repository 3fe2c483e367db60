// SimulatedMachine.swift: a clock that a test turns, and targets that take simulated time with the noise of a shared host.

internal import Glibc
public import HoneCore
public import HoneMeasure

/// How a simulated machine disturbs what runs on it.
public struct SimulatedNoise: Sendable, Hashable {
  /// Standard deviation of the logarithm of a factor on each run: 0.1 is 10 %.
  public var lognormal = 0.0
  /// Speed drifts by ± this share along a sine of `driftSeconds`.
  public var drift = 0.0
  public var driftSeconds = 5.0
  /// During a burst everything takes this many times as long.
  public var burstFactor = 1.0
  /// Bursts a second, and the mean length of one in seconds (both exponential).
  public var burstsPerSecond = 0.0
  public var burstSeconds = 0.005

  public init() {}

  /// 10 % lognormal noise, ± 30 % slow drift and bursts of 3× for 5 % of the time: a busy shared host.
  public static var busyHost: SimulatedNoise {
    var noise = SimulatedNoise()
    noise.lognormal = 0.1
    noise.drift = 0.3
    noise.burstFactor = 3
    noise.burstsPerSecond = 10
    return noise
  }
}

/// Time that passes only when a simulated target runs.
public final class SimulatedMachine: MeasurementClock, DisturbanceSensor, EnergySensor {
  public private(set) var seconds = 0.0
  public var resolutionNanoseconds: UInt64 = 20
  /// What the next reading of the sensor shows; a test raises it to disturb a sample.
  public var disturbance = DisturbanceReading()

  /// What it draws when idle, and what a target that says nothing else draws beyond that, in watts.
  public var idleWatts = 10.0
  public var watts = 20.0
  public let domains = ["simulated"]
  private var drawn = 0.0

  private let noise: SimulatedNoise
  private var generator: SeededGenerator
  private var burstStart = Double.infinity
  private var burstEnd = Double.infinity

  public init(noise: SimulatedNoise = .init(), seed: UInt64 = 1) {
    self.noise = noise
    generator = SeededGenerator(seed: seed)
    scheduleBurst(after: 0)
  }

  public var instruments: Instruments { Instruments(clock: self, sensor: self) }

  public func now() -> UInt64 { UInt64(seconds * 1e9) }

  /// With energy metered, too.
  public var meteredInstruments: Instruments {
    Instruments(clock: self, sensor: self, energy: self)
  }

  public func read() -> DisturbanceReading { disturbance }

  public func joules() -> Double { drawn }

  /// Lets work pass that would take `nominal` seconds on a quiet machine.
  /// - Parameter watts: what it draws beyond the idle machine's; the machine's own number where nil.
  public func pass(_ nominal: Double, watts: Double? = nil) {
    let start = seconds
    defer { drawn += (seconds - start) * (idleWatts + (watts ?? self.watts)) }
    if seconds >= burstEnd { scheduleBurst(after: seconds) }
    var factor = 1 + noise.drift * sin(2 * Double.pi * seconds / noise.driftSeconds)
    if noise.lognormal > 0 { factor *= exp(noise.lognormal * generator.normal()) }
    if seconds >= burstStart { factor *= noise.burstFactor }
    seconds += nominal * factor
  }

  /// Lets time pass in which nothing runs.
  public func wait(_ seconds: Double) {
    self.seconds += seconds
    drawn += seconds * idleWatts
  }

  /// Whose threads ran last.
  var lastGroup = ""

  private func scheduleBurst(after time: Double) {
    guard noise.burstsPerSecond > 0 else { return }
    burstStart = time - log(1 - generator.unit()) / noise.burstsPerSecond
    burstEnd = burstStart - log(1 - generator.unit()) * noise.burstSeconds
  }
}

/// A target that takes `secondsPerExecution` on a quiet simulated machine.
public final class SimulatedTarget: MeasurementTarget {
  public let secondsPerExecution: Double
  /// Executions so far.
  public private(set) var executions = 0
  /// Called before each run; throw from it to refuse, or disturb the machine.
  public var beforeRun: ((SimulatedTarget) throws(Refusal) -> Void)?

  /// What it draws beyond the idle machine's; the machine's own number where nil.
  public var watts: Double?
  public var group = ""
  /// Seconds that getting ready takes after a target of another group.
  public var pauseSeconds = 0.0

  private let machine: SimulatedMachine

  public init(_ machine: SimulatedMachine, seconds: Double) {
    self.machine = machine
    secondsPerExecution = seconds
  }

  public func prepare() {
    if machine.lastGroup != group { machine.wait(pauseSeconds) }
    machine.lastGroup = group
  }

  public func run(_ executions: Int) throws(Refusal) {
    try beforeRun?(self)
    self.executions += executions
    machine.pass(secondsPerExecution * Double(executions), watts: watts)
  }
}
