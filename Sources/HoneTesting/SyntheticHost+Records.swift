// SyntheticHost+Records.swift: the records that a session on an invented machine would leave, each marked as synthetic.

internal import Glibc
public import HoneCore
internal import HoneDatabase

/// What one invented session measures.
public struct SyntheticSession: Sendable {
  public var problems: [Problem]
  /// Core budgets; nil: all cores of the machine.
  public var cores: [Int]?
  /// Records of screened candidates for each problem and core budget.
  public var screened: Int
  public var samples: Int
  public var name: String
  public var time: String
  public var seed: UInt64
  /// Everything takes this many times as long: what happened to the machine since another session.
  public var slowdown: Double
  /// The tuned configuration alone takes this many times as long: a regression to be found.
  public var regression: Double

  public init(
    problems: [Problem], cores: [Int]? = nil, screened: Int = 4, samples: Int = 24,
    name: String = "s1", time: String = "2026-01-01T00:00:00Z", seed: UInt64 = 1,
    slowdown: Double = 1, regression: Double = 1
  ) {
    self.problems = problems
    self.cores = cores
    self.screened = screened
    self.samples = samples
    self.name = name
    self.time = time
    self.seed = seed
    self.slowdown = slowdown
    self.regression = regression
  }
}

extension SyntheticHost {
  /// Writes host.json, a journal and best.json.
  public func write(_ session: SyntheticSession, to path: String) throws {
    let writer = try DatabaseWriter(path: path, hardwareClass: hardwareClass, host: machine)
    try writer.append(contentsOf: records(session))
    try writer.writeHost(hardware: hardware, limits: limits, tool: Self.tool)
    try writer.refreshBest()
  }

  static let tool = "hone-bench hosts (synthetic)"

  public func records(_ session: SyntheticSession) -> [Record] {
    var generator = SeededGenerator(seed: session.seed &* 0x9E37 ^ UInt64(cores))
    return (session.cores ?? [cores]).filter { $0 <= cores }.flatMap { count in
      session.problems.flatMap { records($0, count, session, &generator) }
    }
  }

  private func records(
    _ problem: Problem, _ cores: Int, _ session: SyntheticSession,
    _ generator: inout SeededGenerator
  ) -> [Record] {
    let limit = limitSeconds(problem, cores: cores) * session.slowdown
    let untuned = configuration(tile: "6x16", kc: 256, threads: 1)
    let library = Configuration(
      backend: "openblas", variant: "gemm.f32.cblas", parameters: ["threads": .int(cores)])
    let tuned = best(problem, cores)
    let nominal = [
      (untuned, limit / 0.35), (library, limit / 0.6),
      (tuned, limit / efficiency(tuned, problem, cores) * session.regression),
    ]
    let lanes = lanes(nominal.map(\.1), session.samples, &generator)
    let finals = nominal.indices.map { index in
      final(nominal.map(\.0), lanes, index, problem, cores, session)
    }
    let screens = (0..<session.screened).map { _ in
      screen(problem, cores, limit, session, &generator)
    }
    return screens + finals
  }

  /// Samples of everybody in the same rounds, so that drift is common to them.
  private func lanes(
    _ seconds: [Double], _ count: Int, _ generator: inout SeededGenerator
  ) -> [[Double]] {
    var level = 4 * drift * generator.normal()
    var lanes = seconds.map { _ in [Double]() }
    for _ in 0..<count {
      level += drift * generator.normal()
      for (index, nominal) in seconds.enumerated() {
        lanes[index].append(nominal * exp(level + noise * generator.normal()))
      }
    }
    return lanes
  }

  func configuration(tile: String, kc: Int, threads: Int) -> Configuration {
    Configuration(
      backend: "hone", variant: "gemm.f32.packed.\(tile)@\(instructionSet)",
      parameters: ["kc": .int(kc), "mc": 96, "threads": .int(threads)])
  }

  private static let tiles = ["6x16", "4x24", "8x8", "2x32"]
  private static let depths = [128, 192, 256, 384, 512, 768]

  /// What is fastest for a problem on this machine: depends on both, so that hosts disagree.
  func best(_ problem: Problem, _ cores: Int) -> Configuration {
    let tile = Self.tiles[(problem["m"] / 16 + lastLevelBytes >> 23) % Self.tiles.count]
    let kc = Self.depths[(problem["k"] / 128 + self.cores / 8) % Self.depths.count]
    return configuration(tile: tile, kc: kc, threads: cores)
  }

  /// 0.85 for the best, less with the distance from it.
  func efficiency(_ one: Configuration, _ problem: Problem, _ cores: Int) -> Double {
    let best = best(problem, cores)
    let depth = abs(
      log2(Double(one.int("kc", default: 256)) / Double(best.int("kc", default: 256))))
    let tile = one.variant == best.variant ? 0.0 : 0.18
    let threads = Double(one.int("threads", default: 1)) / Double(cores)
    return 0.85 * (1 - tile) * exp(-0.12 * depth) * min(1, threads).squareRoot()
  }

  private func screen(
    _ problem: Problem, _ cores: Int, _ limit: Double, _ session: SyntheticSession,
    _ generator: inout SeededGenerator
  ) -> Record {
    let tried = configuration(
      tile: Self.tiles[generator.below(Self.tiles.count)],
      kc: Self.depths[generator.below(Self.depths.count)], threads: cores)
    let nominal = limit / efficiency(tried, problem, cores)
    let samples = lanes([nominal], 5, &generator)[0]
    var record = record(tried, problem, cores, .screen, samples, session)
    record.relativeTime = nominal / (limit / 0.35) * exp(noise * generator.normal() / 2)
    return record
  }

  private func final(
    _ configurations: [Configuration], _ lanes: [[Double]], _ index: Int, _ problem: Problem,
    _ cores: Int, _ session: SyntheticSession
  ) -> Record {
    var record = record(
      configurations[index], problem, cores, .final, lanes[index], session)
    record.noiseFloor = max(0.005, 2.5 * noise / Double(session.samples).squareRoot())
    let rivals = [(0, "default"), (1, "best-of:openblas")].filter { $0.0 != index }
    record.comparisons = rivals.map { rival, role in
      comparison(role, configurations[rival], lanes[rival], lanes[index], record.noiseFloor ?? 0)
    }
    record.relativeTime = record.againstDefault.map { 1 / $0.speedup }
    record.served = index == 2 && record.againstDefault?.verdict == .faster
    return record
  }

  private func comparison(
    _ role: String, _ against: Configuration, _ theirs: [Double], _ own: [Double], _ floor: Double
  ) -> Comparison {
    let ratios = zip(theirs, own).map { $0 / $1 }.sorted()
    let reach = Int(Double(ratios.count).squareRoot())
    let middle = ratios.count / 2
    let interval = Interval(
      low: ratios[max(0, middle - reach)], high: ratios[min(ratios.count - 1, middle + reach)])
    let speedup = ratios[middle]
    let isFaster = interval.low > 1 && speedup > 1 + floor
    return Comparison(
      role: role, against: against, speedup: speedup, interval: interval, pairs: ratios.count,
      verdict: isFaster ? .faster : interval.high < 1 ? .slower : .tie)
  }

  private func record(
    _ configuration: Configuration, _ problem: Problem, _ cores: Int, _ stage: Stage,
    _ samples: [Double], _ session: SyntheticSession
  ) -> Record {
    let sorted = samples.sorted()
    let reach = Int(Double(sorted.count).squareRoot())
    let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    let measurement = Measurement(
      samples: samples, batch: 1, median: median,
      interval: Interval(
        low: sorted[max(0, sorted.count / 2 - reach)],
        high: sorted[min(sorted.count - 1, sorted.count / 2 + reach)]))
    return Record(
      problem: problem, cores: cores, configuration: configuration, outcome: .measured,
      stage: stage, policy: MeasurementPolicy(), measurement: measurement,
      proof: Proof(oracle: "none: synthetic", error: 0, bound: 1, compared: 0),
      provenance: Provenance(
        tool: Self.tool,
        libraries: ["openblas": openblas, "kernels-\(instructionSet)": "synthetic"],
        hardwareClass: hardwareClass, host: machine, session: session.name, seed: session.seed,
        strategy: "synthetic", space: "synthetic", time: session.time,
        quietness: "synthetic: nothing was measured"))
  }
}
