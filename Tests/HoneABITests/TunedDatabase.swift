// TunedDatabase.swift: databases for these tests: one row for a program, or many random ones to compare two readers on.

import CHone
import Foundation
import HoneBackends
import HoneCore
import HoneDatabase
import HoneHost
import HoneOperations

enum TunedDatabase {
  static let hardwareClass = "test-class"

  static func served(
    _ problem: Problem, cores: Int, _ configuration: Configuration,
    policy: MeasurementPolicy = .init(),
    hardwareClass: String = hardwareClass, seconds: Double = 1e-3, relativeTime: Double? = nil,
    served: Bool = true, libraries: [String: String] = [:]
  ) -> Record {
    let interval = Interval(low: seconds * 0.99, high: seconds * 1.01)
    return Record(
      problem: problem, cores: cores, configuration: configuration, outcome: .measured,
      stage: .final, policy: policy,
      measurement: Measurement(
        samples: [seconds, seconds, seconds], batch: 1, median: seconds, interval: interval),
      proof: Proof(oracle: "double", error: 0, bound: 1, compared: 1), relativeTime: relativeTime,
      noiseFloor: 0.01,
      comparisons: [
        Comparison(
          role: "default", against: Configuration(backend: "hone", variant: "other"), speedup: 1.5,
          interval: Interval(low: 1.4, high: 1.6), pairs: 21, verdict: .faster)
      ],
      served: served,
      provenance: Provenance(
        tool: "test", libraries: libraries, hardwareClass: hardwareClass, host: "0123456789ab",
        session: "s", seed: 1, strategy: "test", space: "space", time: "2026-01-01T00:00:00Z"))
  }

  /// Writes records to a database and derives best.json.
  static func write(_ records: [Record], hardware: [String: JSONValue] = [:], to path: String)
    throws
  {
    for (name, records) in Dictionary(grouping: records, by: \.provenance.hardwareClass) {
      let writer = try DatabaseWriter(path: path, hardwareClass: name, host: "0123456789ab")
      try writer.append(contentsOf: records)
      try writer.writeHost(hardware: hardware[name] ?? .null, limits: nil, tool: "test")
    }
    _ = try Database.rebuild(path: path)
  }

  /// gemm 96x80x64 on one core.
  static var problem: Problem {
    get throws {
      try GEMMOperation().normalised(
        Problem(operation: "gemm", types: "f32", shape: ["m": 96, "n": 80, "k": 64]))
    }
  }

  /// A database with an embedding-bag of one distribution, tuned to another distance than the default's; returns its path and the
  /// configuration's text.
  static func bag(
    distribution: String, in scratch: Scratch
  ) throws -> (path: String, configuration: String) {
    KernelLibrary.alsoSearch(Repository.products)
    let problem = try EmbeddingBagOperation().normalised(
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": 500_000, "dim": 16, "bags": 8, "lookups": 80],
        attributes: ["distribution": distribution]))
    let facts = try Topology.live().facts
    let branches = Backends(host: facts)["hone"]?.branches(for: problem, host: facts, cores: 1)
    guard let branch = branches?.first else { throw LibHone.Failure(story: "no back end") }
    var values: [String: ParameterValue] = [:]
    for (parameter, index) in zip(branch.parameters, branch.defaults) {
      values[parameter.name] = parameter.values[index]
    }
    values["prefetch_distance"] = .int(8)
    let configuration = Configuration(
      backend: "hone", variant: branch.variant, parameters: values)
    let path = "\(scratch.path)/db"
    let policy = MeasurementPolicy(operands: .cold)
    try write([served(problem, cores: 1, configuration, policy: policy)], to: path)
    return (path, configuration.key)
  }

  /// A configuration that this machine can run and that is not the default: the second variant that the problem has.
  static func configuration() throws -> Configuration {
    KernelLibrary.alsoSearch(Repository.products)
    let facts = try Topology.live().facts
    guard let backend = Backends(host: facts)["hone"] else {
      throw LibHone.Failure(story: "no back end")
    }
    let branches = backend.branches(for: try problem, host: facts, cores: 1)
    guard let branch = branches.dropFirst().first else {
      throw LibHone.Failure(story: "one variant only")
    }
    var values: [String: ParameterValue] = [:]
    for (parameter, index) in zip(branch.parameters, branch.defaults) {
      values[parameter.name] = parameter.values[index]
    }
    return Configuration(backend: "hone", variant: branch.variant, parameters: values)
  }

  /// A database with that row; returns its path and the configuration's text.
  static func one(in scratch: Scratch) throws -> (path: String, configuration: String) {
    let configuration = try configuration()
    let path = "\(scratch.path)/db"
    try write([served(try problem, cores: 1, configuration)], to: path)
    return (path, configuration.key)
  }
}
