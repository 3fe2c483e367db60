// SampleReport.swift: a small host with four tuned problems, made by hand: one of each verdict.

import HoneCore
import HoneReport

enum Sample {
  static let provenance = Provenance(
    tool: "hone 0", libraries: ["openblas": "0.3"], hardwareClass: "test-2c", host: "h",
    session: "s1", seed: 1, strategy: "random", space: "x", time: "2026-01-02T03:04:05Z")

  static let small = Problem(
    operation: "gemm", types: "f32", shape: ["m": 512, "n": 512, "k": 512],
    attributes: ["transA": "t", "transB": "n"])
  static let skinny = Problem(
    operation: "gemm", types: "f32",
    shape: ["m": 1, "n": 4096, "k": 4096, "lda": 4096, "ldb": 4096, "ldc": 4096],
    attributes: ["transB": "n"])
  static let bag = Problem(
    operation: "embedding-bag", types: "f32",
    shape: ["rows": 1_000_000, "dim": 64, "bags": 128, "lookups": 4096])
  /// Of an operation that this Hone does not know.
  static let foreign = Problem(operation: "fft", types: "f64", shape: ["n": 8])

  static func interval(_ low: Double, _ high: Double) -> Interval { Interval(low: low, high: high) }

  static func record(
    _ problem: Problem, _ configuration: Configuration, seconds: Double, cores: Int = 1,
    operands: MeasurementPolicy.Operands = .warm, comparisons: [Comparison] = [],
    served: Bool = false
  ) -> Record {
    Record(
      problem: problem, cores: cores, configuration: configuration, outcome: .measured,
      stage: .final, policy: MeasurementPolicy(operands: operands),
      measurement: Measurement(
        samples: [seconds], batch: 1, median: seconds,
        interval: interval(seconds * 0.99, seconds * 1.01)),
      proof: Proof(oracle: "double", error: 0, bound: 1, compared: 1), noiseFloor: 0.012,
      comparisons: comparisons, served: served, provenance: provenance)
  }

  static func versus(
    _ role: String, _ against: Configuration, _ speedup: Double, _ low: Double, _ high: Double,
    _ verdict: Comparison.Verdict
  ) -> Comparison {
    Comparison(
      role: role, against: against, speedup: speedup, interval: interval(low, high), pairs: 20,
      verdict: verdict)
  }

  static let untuned = Configuration(
    backend: "hone", variant: "gemm.f32.packed.6x16@x86v3", parameters: ["kc": 256, "threads": 1])
  static let tuned = Configuration(
    backend: "hone", variant: "gemm.f32.packed.4x24@x86v3", parameters: ["kc": 384, "threads": 1])
  static let blas = Configuration(
    backend: "openblas", variant: "gemm.f32.cblas", parameters: ["threads": 1])
  static let bags = Configuration(
    backend: "hone", variant: "embedding-bag.f32.rows@x86v3", parameters: ["prefetch": 8])

  static var records: [Record] {
    let rival = versus("best-of:openblas", blas, 1.01, 0.99, 1.03, .tie)
    let winner = record(
      small, tuned, seconds: 4e-3,
      comparisons: [versus("default", untuned, 1.25, 1.2, 1.3, .faster), rival], served: true)
    let loser = record(
      foreign, tuned, seconds: 3e-6, cores: 2,
      comparisons: [
        versus("default", untuned, 1.5, 1.4, 1.6, .faster),
        versus("best-of:openblas", blas, 0.5, 0.45, 0.55, .slower),
      ], served: true)
    let gathered = record(
      bag, bags, seconds: 2e-4, operands: .cold,
      comparisons: [versus("default", untuned, 2, 1.9, 2.1, .faster)], served: true)
    return [
      record(small, untuned, seconds: 5e-3), record(small, blas, seconds: 4.04e-3), winner,
      record(skinny, untuned, seconds: 8e-3, operands: .cold, served: true), gathered, loser,
    ]
  }

  static let limits = HostLimits(
    limits: [
      limit("peak.f32", 1, "flop/s", 80e9), limit("peak.f32", 2, "flop/s", 158e9),
      limit("read.l2", 1, "byte/s", 60e9), limit("read.memory", 1, "byte/s", 10e9),
      limit("gather.128", 1, "byte/s", 4e9), limit("gather.256", 1, "byte/s", 6e9),
    ], time: "2026-01-02T03:04:05Z")

  static func limit(_ name: String, _ cores: Int, _ unit: String, _ value: Double) -> HostLimit {
    HostLimit(
      name: name, cores: cores, unit: unit, value: value,
      interval: interval(value * 0.9, value * 1.1))
  }

  static var subject: ReportSubject {
    ReportSubject(
      hardwareClass: "test-2c", facts: [("cores", "2")], limits: limits,
      lastLevelBytes: 16 << 20, records: records, served: records.filter(\.served),
      weights: [small: 10])
  }
}
