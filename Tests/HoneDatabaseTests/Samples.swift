// Samples.swift: records and folders for the tests of this module.

import FoundationEssentials
import HoneCore

@testable import HoneDatabase

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.path + "/hone-db-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
  }
}

enum Sample {
  static let hardwareClass = "avx2-2c"
  static let host = "0123456789ab"

  static func problem(m: Int = 512, n: Int = 512, k: Int = 512, transB: String = "n") -> Problem {
    Problem(
      operation: "gemm", types: "f32", shape: ["m": m, "n": n, "k": k],
      attributes: ["transA": "n", "transB": transB])
  }

  static func configuration(threads: Int = 1, kc: Int = 256, backend: String = "hone")
    -> Configuration
  {
    Configuration(
      backend: backend, variant: "gemm.f32.packed.6x16@x86v3",
      parameters: ["threads": .int(threads), "kc": .int(kc)])
  }

  static func measurement(_ median: Double) -> Measurement {
    Measurement(
      samples: [median * 1.01, median, median * 0.99], batch: 4, median: median,
      interval: Interval(low: median * 0.99, high: median * 1.01))
  }

  static func faster(than other: Configuration, by speedup: Double = 1.5, role: String = "default")
    -> Comparison
  {
    Comparison(
      role: role, against: other, speedup: speedup,
      interval: Interval(low: speedup * 0.98, high: speedup * 1.02), pairs: 21, verdict: .faster)
  }

  static func provenance(
    session: String = "s1", time: String = "2026-01-01T00:00:00Z",
    libraries: [String: String] = ["openblas": "0.3.21"], hardwareClass: String = hardwareClass,
    host: String = host
  ) -> Provenance {
    Provenance(
      tool: "hone 0.1.0", libraries: libraries, hardwareClass: hardwareClass, host: host,
      session: session, seed: .max, strategy: "local", space: "space-1", time: time)
  }

  /// A served finalist that beat the default of one thread and kc 64.
  static func served(
    _ problem: Problem = problem(), cores: Int = 2, configuration: Configuration = configuration(),
    median: Double = 1e-3, policy: MeasurementPolicy = .init(), noiseFloor: Double = 0.01,
    provenance: Provenance = provenance()
  ) -> Record {
    Record(
      problem: problem, cores: cores, configuration: configuration, outcome: .measured,
      stage: .final, policy: policy, measurement: measurement(median),
      proof: Proof(oracle: "double", error: 0.1, bound: 1, compared: 100), noiseFloor: noiseFloor,
      comparisons: [
        faster(than: Sample.configuration(kc: 64)),
        faster(than: Sample.configuration(backend: "openblas"), by: 1.2, role: "best-of:openblas"),
      ],
      served: true, provenance: provenance)
  }

  /// A record of any kind, sound by construction.
  static func random(_ generator: inout SeededGenerator) -> Record {
    let median = 1e-4 * (1 + generator.unit())
    let session = "s\(generator.below(4))"
    let day = 1 + generator.below(28)
    let provenance = provenance(
      session: session, time: "2026-01-\(day < 10 ? "0" : "")\(day)T00:00:00Z",
      libraries: ["openblas": "0.3.2\(generator.below(2))"])
    let problem = problem(m: 1 << generator.below(6))
    let configuration = configuration(
      threads: 1 + generator.below(2), kc: 64 * (1 + generator.below(4)))
    var record = served(
      problem, cores: 1 + generator.below(2), configuration: configuration, median: median,
      noiseFloor: 0.1 * generator.unit(), provenance: provenance)
    switch generator.below(4) {
    case 0: break
    case 1:
      record.served = false
    case 2:
      (record.stage, record.comparisons, record.served) = (.screen, [], false)
    default:
      (record.outcome, record.measurement, record.served) = (.wrong, nil, false)
      (record.stage, record.comparisons, record.detail) = (.screen, [], "row 3: 1.5 instead of 2")
      record.proof = Proof(oracle: "double", error: .nan, bound: 1, compared: 4)
    }
    return record
  }

  static func journal(_ records: [Record]) throws -> String {
    try records.map { try StoredRecord($0).line }.joined()
  }

  static func journalName(_ number: Int = 1, hardwareClass: String = hardwareClass) -> String {
    "hosts/\(hardwareClass)/journal/\(host)-\(number).jsonl"
  }

  static func writer(_ folder: TemporaryFolder) throws -> DatabaseWriter {
    try DatabaseWriter(path: folder.path, hardwareClass: hardwareClass, host: host)
  }
}
