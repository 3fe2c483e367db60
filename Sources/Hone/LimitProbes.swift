// LimitProbes.swift: measures what this host can do at most: peak FLOP/s, memory bandwidth, gather rates; one core and all.

internal import HoneBackends
internal import HoneCore
internal import HoneMeasure

/// The probes to run, as a table. A probe runs with each of its parameters' values; the best is the limit.
struct LimitProbes {
  private struct Row {
    var name: String
    var unit: String
    var algorithm: String
    var types = "f32"
    var setup: Probe.Setup
  }

  private static let samples = 9
  let context: HostContext
  let instruments: Instruments

  /// Runs the probes until it is interrupted: what `known` lacks first, in the order of the table, for all cores before one. A probe that
  /// would last beyond the deadline, as far as `costs` can tell, is left to the next session.
  func measure(
    known: HostLimits?, deadline: Deadline, costs: inout LimitCosts, interrupted: () -> Bool,
    time: String
  ) throws -> HostLimits {
    var limits: [HostLimit] = []
    guard let backend = context.backends["hone"] as? KernelBackend else {
      return HostLimits(limits: limits, time: time)
    }
    // On a huge page, as the large one.
    let small = try ProbeMemory(bytes: max(2 << 20, context.facts.l2Bytes))
    var large: ProbeMemory?
    for (row, cores) in order(known) where !interrupted() {
      let isSmall = row.setup.bytes <= context.facts.l2Bytes
      let making = isSmall || large != nil ? 0 : costs.making(memoryBytes)
      let probe = "\(row.name) \(cores)"
      guard making + costs.running(probe, bytes: bytesRead(row, cores)) <= deadline.secondsLeft
      else { continue }
      if !isSmall, large == nil {
        let left = deadline.secondsLeft
        large = try ProbeMemory(bytes: memoryBytes)
        costs.learn(making: memoryBytes, took: left - deadline.secondsLeft)
      }
      let left = deadline.secondsLeft
      let memory = isSmall ? small : large ?? small
      if let limit = try measure(row, cores: cores, memory, backend) { limits.append(limit) }
      costs.learn(running: probe, took: left - deadline.secondsLeft)
    }
    return HostLimits(limits: limits, time: time)
  }

  private func order(_ known: HostLimits?) -> [(row: Row, cores: Int)] {
    let cores = Set([1, context.facts.cores]).sorted(by: >)
    let all = rows.flatMap { row in cores.map { (row: row, cores: $0) } }
    let isKnown = { (row: Row, cores: Int) in
      known?.limits.contains { $0.name == row.name && $0.cores == cores } == true
    }
    return all.filter { !isKnown($0.row, $0.cores) } + all.filter { isKnown($0.row, $0.cores) }
  }

  /// Of large memory, by one sample of all cores together.
  private func bytesRead(_ row: Row, _ cores: Int) -> Int {
    row.setup.rows > 0 ? cores * row.setup.rows * row.setup.rowBytes : row.setup.bytes
  }

  /// Bandwidth is measured over far more than the last-level cache, but never over more than an eighth of the memory. A virtual machine may
  /// show less cache than its processors have: with four times what is shown, two cores seemed to read 71 GB/s where one reads 27.
  private var memoryBytes: Int {
    let facts = context.facts
    let wanted = max(256 << 20, 8 * facts.lastLevelBytes)
    return facts.memoryBytes > 0 ? min(wanted, facts.memoryBytes / 8) : wanted
  }

  /// What most problems are bound by comes first: time may end before all of it was measured.
  private var rows: [Row] {
    let facts = context.facts
    let memory = memoryBytes
    // Each thread gathers more than the last-level cache holds: fewer rows would be found there by the next sample.
    let gathers = [256, 128, 64, 512].map { bytes in
      Row(
        name: "gather.\(bytes)", unit: "byte/s", algorithm: "gather",
        setup: .init(
          bytes: memory, rows: max(1 << 16, 2 * facts.lastLevelBytes / bytes), rowBytes: bytes))
    }
    let reads = [
      Row(name: "read.memory", unit: "byte/s", algorithm: "read", setup: .init(bytes: memory)),
      Row(
        name: "read.l2", unit: "byte/s", algorithm: "read",
        setup: .init(bytes: facts.l2Bytes / 2, iterations: 200)),
    ]
    let others = [peak("bf16"), peak("u8s8", unit: "op/s"), peak("f64")]
    return [peak("f32")] + reads + gathers + others
  }

  private func peak(_ types: String, unit: String = "flop/s") -> Row {
    Row(
      name: "peak.\(types)", unit: unit, algorithm: "peak", types: types,
      setup: .init(iterations: 100_000))
  }

  private func measure(
    _ row: Row, cores: Int, _ memory: ProbeMemory, _ backend: KernelBackend
  ) throws -> HostLimit? {
    let targets = try backend.probes(
      row.algorithm, types: row.types, threads: cores, setup: row.setup,
      memory: memory
    ).map(ProbeTarget.init)
    // A limit is what the best way reaches: a look at each, then the best with all samples.
    let looks = try targets.map { ($0, try rate($0, samples: targets.count > 2 ? 2 : 1)) }
    guard let best = looks.max(by: { $0.1.value < $1.1.value })?.0 else { return nil }
    let (value, interval) = try rate(best, samples: Self.samples)
    return HostLimit(
      name: row.name, cores: cores, unit: row.unit, value: value, interval: interval)
  }

  /// Units of work a second.
  private func rate(
    _ target: ProbeTarget, samples: Int
  ) throws -> (value: Double, interval: Interval) {
    let measurement = try Sampler.measure(target, samples: samples, instruments: instruments)
    let interval = Interval(
      low: target.amount / measurement.interval.high,
      high: target.amount / measurement.interval.low,
      confidence: measurement.interval.confidence)
    return (target.amount / measurement.median, interval)
  }
}

/// A probe as something to measure; `amount` is what one run does.
private final class ProbeTarget: MeasurementTarget {
  private let probe: Probe
  private(set) var amount = 0.0

  init(_ probe: Probe) { self.probe = probe }

  func prepare() { probe.prepare() }

  func run(_ executions: Int) throws(Refusal) {
    for _ in 0..<executions { amount = try probe.run() }
  }
}
