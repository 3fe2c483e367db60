// MeasurementConditions.swift: what a policy means on this machine: instruments, sample options, a neighbour, and readings beside the time.

internal import HoneCore
internal import HoneHost
internal import HoneMeasure

/// Made for one problem and one core budget, and kept for as long as that is measured: the neighbour works meanwhile.
final class MeasurementConditions {
  let policy: MeasurementPolicy
  let instruments: Instruments
  let sampler: SamplerOptions
  private let neighbour: Neighbour?
  private let meters: HostMeters

  /// - Throws: `HoneError` (`unavailable`) where this machine cannot give what the policy asks for, with the reason.
  init(
    policy: MeasurementPolicy, cores: Int, host: HostFacts, instruments: Instruments,
    meters: HostMeters
  ) throws {
    self.policy = policy
    self.meters = meters
    var instruments = instruments
    if policy.sampling.clock == .tsc, instruments.clock is HostClock {
      instruments.clock = try TickClock()
    }
    if instruments.energy == nil { instruments.energy = meters.energy.sensor }
    try Self.check(policy, instruments, meters)
    self.instruments = instruments
    neighbour = try policy.neighbour.map {
      try Neighbour($0, beside: cores, of: host)
    }
    sampler = SamplerOptions(policy, sharesCores: neighbour?.sharesCores ?? false)
  }

  /// Refuses what can be known before anything is measured.
  static func check(
    _ policy: MeasurementPolicy, _ instruments: Instruments, _ meters: HostMeters
  ) throws(HoneError) {
    if policy.quantity == .energy, instruments.energy == nil, meters.energy.sensor == nil {
      throw HoneError(
        .unavailable, "energy cannot be compared here: \(meters.energy.reason)",
        advice: "Choose the objective time or throughput.")
    }
    if policy.pages == "huge" { try ExplicitHugePages.probe() }
  }

  /// Starts the time that `neighbourReport` is about.
  func beginWindow() { neighbour?.beginWindow() }

  /// What the neighbour held since `beginWindow`; nil where there is none.
  var neighbourReport: NeighbourReport? { neighbour?.report }

  /// A final's measurement with what was read beside the time.
  func annotated(
    _ measurement: Measurement?, of target: any MeasurementTarget, beside: NeighbourReport?
  ) -> Measurement? {
    guard var measurement else { return nil }
    measurement.energy = energy(measurement.energy)
    measurement.counters = counters(of: target, seconds: measurement.median)
    measurement.neighbour = beside
    return measurement
  }

  /// Energy as a record has it: what was metered, or why it was not.
  func energy(_ metered: Metered<Energy>?) -> Metered<Energy>? {
    metered ?? (meters.isHost ? .unavailable(meters.energy.reason) : nil)
  }

  /// Hardware counters of one execution, from a run of its own of some 30 ms, so that reading them disturbs no sample.
  func counters(of target: any MeasurementTarget, seconds: Double) -> Metered<CounterValues>? {
    guard meters.isHost else { return nil }
    do {
      let counters = try HardwareCounters()
      let executions = max(1, min(100_000, Int(0.03 / max(seconds, 1e-9))))
      target.prepare()
      try target.run(1)
      counters.start()
      try target.run(executions)
      guard let values = counters.stop(executions: executions) else {
        return .unavailable("the kernel gave the counters no time")
      }
      return .value(values)
    } catch {
      return .unavailable("\(error)")
    }
  }
}

/// Meters that are the host's and not a simulated machine's, opened once for a session.
struct HostMeters {
  /// A meter, or why there is none.
  struct EnergyAccess {
    var sensor: (any EnergySensor)?
    var reason = ""
  }

  var isHost: Bool
  var energy: EnergyAccess

  /// Looks for them, and at what the machine draws when it idles (a third of a second, only where energy can be read).
  static func host() -> HostMeters {
    do {
      let sensor = try HostEnergySensor()
      return HostMeters(isHost: true, energy: EnergyAccess(sensor: sensor))
    } catch {
      return HostMeters(isHost: true, energy: EnergyAccess(reason: "\(error)"))
    }
  }

  static var none: HostMeters {
    HostMeters(isHost: false, energy: EnergyAccess(reason: "the machine is simulated"))
  }
}

/// The host's energy counters as a sensor.
private final class HostEnergySensor: EnergySensor {
  let idleWatts: Double
  private let meter: EnergyMeter

  init() throws(EnergyMeter.Refusal) {
    meter = try EnergyMeter()
    idleWatts = try meter.idleWatts()
  }

  var domains: [String] { meter.domains }

  func joules() -> Double { meter.joules() }
}
