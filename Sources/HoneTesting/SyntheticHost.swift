// SyntheticHost.swift: invented machines and the records that tuning them would leave, for layout, scale and statistics of reports.

internal import Glibc
public import HoneCore
internal import HoneDatabase
internal import HoneOperations

/// An invented machine. **Nothing of it is measured**, and everything that is written says so: the hardware class begins with
/// "synthetic-", host.json has `"synthetic": true`, and every record names "synthetic" as its strategy and as its tool.
///
/// **Model.** A problem takes max(flops / peak, bytes / bandwidth) of the machine for its number of cores, divided by an efficiency that
/// depends on the configuration: 0.35 for the default, more for others, best for one that depends on machine and problem. Each sample
/// is that time × exp(noise · normal) × the drift of its session, a random walk with the given step.
public struct SyntheticHost: Sendable {
  public var hardwareClass: String
  public var machine: String
  public var cores: Int
  /// "x86v2", "x86v3", "x86v4".
  public var instructionSet: String
  /// FLOP/s of one core in f32, bytes/s of one core and of all of them together.
  public var corePeak: Double
  public var coreBandwidth: Double
  public var bandwidth: Double
  public var lastLevelBytes: Int
  /// Standard deviation of a sample's logarithm.
  public var noise: Double
  /// Standard deviation of the step of the logarithm's random walk from round to round.
  public var drift: Double
  public var openblas: String

  /// The `index`-th of a family of machines that differ in cores, caches, instruction sets, bandwidth and noise; the same for the same index.
  public init(index: Int) {
    var generator = SeededGenerator(seed: 0x5EED ^ UInt64(index) &* 7919)
    let sets = ["x86v3", "x86v4", "x86v3", "x86v2"]
    cores = [8, 16, 32, 64, 4, 96][index % 6]
    instructionSet = sets[index % sets.count]
    let lanes = Self.operationsPerCycle[instructionSet] ?? 4
    let gigahertz: Double = 2.2 + 1.6 * generator.unit()
    corePeak = lanes * 2e9 * gigahertz
    coreBandwidth = 9e9 + 8e9 * generator.unit()
    let channels: Double = 6 + 10 * generator.unit()
    bandwidth = coreBandwidth * min(Double(cores), channels)
    lastLevelBytes = (8 << 20) << (index % 5)
    noise = [0.01, 0.02, 0.01, 0.04, 0.1][index % 5]
    drift = noise / 20
    openblas = index % 3 == 2 ? "0.3.26" : "0.3.21"
    let number = String(String(1000 + index).dropFirst())
    hardwareClass = "synthetic-\(number)-\(instructionSet)-\(cores)c"
    machine = "5" + String(repeating: "0", count: 11 - number.count) + number
  }

  private static let operationsPerCycle: [String: Double] = ["x86v2": 4, "x86v3": 16, "x86v4": 32]

  /// Facts as host.json holds them.
  public var hardware: JSONValue {
    .object([
      "synthetic": .bool(true), "model": .string("Synthetic \(instructionSet)"),
      "cores": .integer(cores), "threadsPerCore": .integer(cores > 16 ? 2 : 1),
      "nodes": .integer(1), "memoryGiB": .integer(4 * cores), "isVirtual": .bool(false),
      "instructionSet": .string(instructionSet),
      "caches": .array([
        .object([
          "name": .string("L3"), "bytes": .integer(lastLevelBytes), "instances": .integer(1),
          "cores": .integer(cores),
        ])
      ]),
    ])
  }

  public var limits: HostLimits {
    let rows: [(String, Int, String, Double)] = [
      ("peak.f32", 1, "flop/s", corePeak), ("peak.f32", cores, "flop/s", peak(cores)),
      ("read.l2", 1, "byte/s", 8 * coreBandwidth),
      ("read.l2", cores, "byte/s", 8 * coreBandwidth * Double(cores)),
      ("read.memory", 1, "byte/s", coreBandwidth), ("read.memory", cores, "byte/s", bandwidth),
    ]
    return HostLimits(
      limits: rows.map { name, cores, unit, value in
        HostLimit(
          name: name, cores: cores, unit: unit, value: value,
          interval: Interval(low: value * 0.99, high: value * 1.01))
      }, time: "2026-01-01T00:00:00Z")
  }

  /// More cores clock lower.
  func peak(_ cores: Int) -> Double {
    let share = 1 - 0.0125 * log2(Double(cores))
    return corePeak * Double(cores) * share
  }

  /// Seconds at the machine's limit.
  func limitSeconds(_ problem: Problem, cores: Int) -> Double {
    guard let operation = Operations.named(problem.operation) else { return 1e-3 }
    let cost = operation.cost(of: problem)
    let fits = cost.bytes <= Double(lastLevelBytes)
    let memory = min(coreBandwidth * Double(cores), bandwidth)
    let rate = fits ? 8 * coreBandwidth * Double(cores) : memory
    return max(cost.flops / peak(cores), cost.bytes / rate, 1e-7)
  }
}

/// GEMM problems with extents from 1 to 8192, all different; the same for the same count.
public enum SyntheticProblems {
  public static func gemm(_ count: Int) -> [Problem] {
    let extents = [64, 128, 256, 512, 768, 1024, 1536, 2048, 4096, 8192]
    var problems: [Problem] = []
    var number = 0
    while problems.count < count {
      let m = [1, 16, 128, 512, 1024, 32, 4, 2048][number % 8]
      let n = extents[(number / 8) % extents.count]
      let k = extents[(number / (8 * extents.count)) % extents.count]
      let extra = number / (8 * extents.count * extents.count)
      let problem = Problem(
        operation: "gemm", types: "f32", shape: ["m": m + extra, "n": n, "k": k])
      problems.append((try? Operations.named("gemm")?.normalised(problem)) ?? problem)
      number += 1
    }
    return problems
  }
}
