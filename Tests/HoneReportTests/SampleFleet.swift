// SampleFleet.swift: three hosts made by hand: they differ in cores, caches, instruction sets, noise, versions and in what they have.

import HoneCore
import HoneDatabase

@testable import HoneReport

/// "north" is the base; "south" is faster at arithmetic; "east" is a small noisy virtual machine that lacks one problem.
enum SampleFleet {
  struct Spec {
    var name: String
    var cores: Int
    var isa: String
    var peak: Double
    var bandwidth: Double
    var cacheMiB: Int
    var noise: Double
    var speed: Double
    var openblas: String
    var isVirtual: Bool
  }

  static let specs = [
    Spec(
      name: "north-8c-00000001", cores: 8, isa: "x86v3", peak: 640e9, bandwidth: 80e9, cacheMiB: 32,
      noise: 0.01, speed: 1, openblas: "0.3.21", isVirtual: false),
    Spec(
      name: "south-8c-00000002", cores: 8, isa: "x86v4", peak: 1280e9, bandwidth: 100e9,
      cacheMiB: 64,
      noise: 0.02, speed: 1.6, openblas: "0.3.26", isVirtual: false),
    Spec(
      name: "east-2c-00000003", cores: 2, isa: "x86v3", peak: 150e9, bandwidth: 20e9, cacheMiB: 8,
      noise: 0.12, speed: 0.25, openblas: "0.3.21", isVirtual: true),
  ]

  /// What a sample is of its median; the median of these is 1.
  static let pattern: [Double] = [
    1, 0.5, -0.4, 1.5, -1.2, 0.2, -0.3, 2, -2, 0.1, -0.1, 0.9, -0.8, 0.6, -0.7, 0,
  ]

  static let tall = Problem(
    operation: "gemm", types: "f32",
    shape: ["m": 4096, "n": 64, "k": 64, "lda": 64, "ldb": 64, "ldc": 64],
    attributes: ["transA": "n", "transB": "n"])

  static func samples(_ seconds: Double, _ noise: Double) -> [Double] {
    pattern.map { seconds * (1 + noise * $0) }
  }

  static func winner(_ spec: Spec, _ cores: Int) -> Configuration {
    Configuration(
      backend: "hone",
      variant: "gemm.f32.packed.\(spec.isa == "x86v4" ? "8x48" : "6x16")@\(spec.isa)",
      parameters: ["kc": spec.cores > 2 ? 384 : 256, "threads": .int(cores)])
  }

  static func untuned(_ spec: Spec) -> Configuration {
    Configuration(
      backend: "hone", variant: "gemm.f32.packed.4x24@x86v3", parameters: ["kc": 128, "threads": 1])
  }

  static func records(_ spec: Spec) -> [Record] {
    let problems: [(Problem, Double, MeasurementPolicy.Operands)] = [
      (Sample.small, 4e-4, .warm), (Sample.skinny, 9e-4, .cold), (tall, 6e-5, .warm),
    ]
    let own = spec.name.hasPrefix("east") ? Array(problems.prefix(2)) : problems
    return own.flatMap { problem, seconds, operands in
      [1, spec.cores].flatMap { cores in
        finals(spec, problem, seconds / spec.speed * (cores == 1 ? 3.5 : 1), operands, cores)
      }
    }
  }

  private static func finals(
    _ spec: Spec, _ problem: Problem, _ seconds: Double, _ operands: MeasurementPolicy.Operands,
    _ cores: Int
  ) -> [Record] {
    let base = untuned(spec)
    let foreign = winner(specs[0], cores)
    var list = [final(spec, problem, base, seconds * 1.5, operands, cores, speedup: nil)]
    if spec.isa == "x86v4" {
      list.append(final(spec, problem, foreign, seconds * 1.2, operands, cores, speedup: 1.25))
    }
    var best = final(spec, problem, winner(spec, cores), seconds, operands, cores, speedup: 1.5)
    best.served = true
    if spec.isa == "x86v4" {
      best.measurement?.energy = .value(
        Energy(joules: 90 * seconds, idleWatts: 40, domains: ["package-0"], seconds: 0.5))
    }
    best.detail = "not shown to differ from: hone gemm.f32.other@x86v3 kc=512"
    list.append(best)
    return list
  }

  private static func final(
    _ spec: Spec, _ problem: Problem, _ configuration: Configuration, _ seconds: Double,
    _ operands: MeasurementPolicy.Operands, _ cores: Int, speedup: Double?
  ) -> Record {
    var record = Sample.record(
      problem, configuration, seconds: seconds, cores: cores, operands: operands,
      comparisons: speedup.map {
        [Sample.versus("default", untuned(spec), $0, $0 * 0.98, $0 * 1.02, .faster)]
      } ?? [])
    let samples = samples(seconds, spec.noise)
    record.measurement = Measurement(
      samples: samples, batch: 1, median: seconds,
      interval: Interval(low: seconds * (1 - spec.noise / 2), high: seconds * (1 + spec.noise / 2)))
    record.noiseFloor = spec.noise
    record.relativeTime = speedup.map { 1 / $0 } ?? 1
    record.provenance.hardwareClass = spec.name
    record.provenance.host = "machine-\(spec.name.prefix(4))"
    record.provenance.libraries = ["openblas": spec.openblas, "kernels-\(spec.isa)": "0.1.0"]
    record.provenance.quietness = spec.isVirtual ? "WARN CPU quota 1.5 CPUs; WARN load 0.4" : "OK"
    return record
  }

  static func hardware(_ spec: Spec) -> JSONValue {
    .object([
      "model": .string("Example \(spec.name.prefix { $0 != "-" })"), "cores": .integer(spec.cores),
      "threadsPerCore": .integer(spec.isa == "x86v4" ? 2 : 1), "isVirtual": .bool(spec.isVirtual),
      "instructionSet": .string(spec.isa),
      "caches": .array([ReportSubjectTests.cache("L3", spec.cacheMiB << 20, 1)]),
    ])
  }

  static func limits(_ spec: Spec) -> HostLimits {
    HostLimits(
      limits: [
        Sample.limit("peak.f32", 1, "flop/s", spec.peak / Double(spec.cores)),
        Sample.limit("peak.f32", spec.cores, "flop/s", spec.peak),
        Sample.limit("read.l2", 1, "byte/s", 60e9),
        Sample.limit("read.l2", spec.cores, "byte/s", 60e9 * Double(spec.cores)),
        Sample.limit("read.memory", 1, "byte/s", 12e9),
        Sample.limit("read.memory", spec.cores, "byte/s", spec.bandwidth),
      ], time: "2026-01-02T03:04:05Z")
  }

  static func host(_ spec: Spec, database: String = "db") -> FleetHost {
    let records = records(spec)
    return FleetHost(
      name: spec.name, hardwareClass: spec.name, database: database,
      machines: ["machine-\(spec.name.prefix(4))"], hardware: hardware(spec),
      subject: ReportSubject(
        hardwareClass: spec.name, limits: limits(spec), lastLevelBytes: spec.cacheMiB << 20,
        records: records, served: records.filter(\.served)))
  }

  static var hosts: [FleetHost] { specs.map { host($0) } }

  static func grid(
    rows: String = "problem,policy", columns: String = "host", filter: String? = nil,
    sort: String? = nil, baseline: Int = 0, hosts: [FleetHost] = hosts
  ) throws -> Grid {
    Grid(
      Fleet(hosts, baseline: baseline),
      try Projection(rows: rows, columns: columns, filter: filter, sort: sort))
  }
}
