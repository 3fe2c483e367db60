// SessionBench.swift: a simulated machine with a database in a temporary folder.

import FoundationEssentials
import Glibc
import Hone
import HoneBackends
import HoneCore
import HoneDatabase
import HoneHost
import HoneTesting
import HoneWorkloads

/// One host with one back end; each `tune` is a session of its own.
final class SessionBench {
  let backend: SimulatedBackend
  let context: HostContext
  private let machine: SimulatedMachine
  let folder: String
  private let ownsFolder: Bool

  /// - Parameter folder: of the database; who names one removes it.
  init(
    name: String = "simulated", version: String = "1", variants: [SimulatedBackend.Variant],
    noise: SimulatedNoise = .init(), seed: UInt64 = 1, folder: String? = nil
  ) throws {
    ownsFolder = folder == nil
    let folder = folder ?? Self.temporaryFolder()
    machine = SimulatedMachine(noise: noise, seed: seed)
    backend = SimulatedBackend(
      name: name, version: version, machine: machine, variants: variants)
    let topology = try Topology.synthetic("pack:1 numa:1 l3:1 core:2 pu:1")
    context = HostContext(
      topology: topology, facts: HostFacts(cores: 2), hardwareClass: HardwareClass(topology),
      identifier: "0123456789ab", backends: Backends(all: [backend]))
    self.folder = folder
  }

  deinit { if ownsFolder { Self.remove(folder) } }

  static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }

  /// Simulated seconds since the machine was made.
  var seconds: Double { machine.seconds }

  var hardwareClass: String { context.hardwareClass.id }

  static func problem(_ m: Int = 3, _ n: Int = 4, _ k: Int = 5) -> Problem {
    Problem(operation: "gemm", types: "f32", shape: ["m": m, "n": n, "k": k])
  }

  func session(
    _ entries: [WorkloadEntry] = [.init(problem())], budget: Double = 30,
    strategy: String = "auto", seed: UInt64 = 1, again: Bool = false, recordSpace: String? = nil,
    interrupted: @escaping () -> Bool = { false },
    progress: @escaping (TuningProgress) -> Void = { _ in }
  ) throws -> TuningSession {
    let workload = Workload(
      name: "test", summary: "small GEMMs", source: "made up", entries: entries)
    return try TuningSession(
      options: TuningOptions(
        workload: workload, budgetSeconds: budget, strategy: strategy, seed: seed, cores: [2],
        database: folder, again: again, recordSpace: recordSpace),
      context: context, instruments: machine.instruments, interrupted: interrupted,
      progress: progress)
  }

  func tune(
    _ entries: [WorkloadEntry] = [.init(problem())], budget: Double = 30,
    strategy: String = "auto", seed: UInt64 = 1, again: Bool = false,
    interrupted: @escaping () -> Bool = { false }
  ) throws -> [TuningSummary] {
    try session(
      entries, budget: budget, strategy: strategy, seed: seed, again: again,
      interrupted: interrupted
    ).run()
  }

  func transplant(_ transplants: [Transplant]) throws -> [TransplantOutcome] {
    let session = try TransplantSession(
      database: folder, context: context, instruments: machine.instruments)
    return try session.run(transplants, seconds: Double(transplants.count))
  }

  func drift(rows: Int = 8) throws -> [DriftRow] {
    try DriftCheck(context: context, seconds: 1, instruments: machine.instruments)
      .run(try database(), count: rows)
  }

  func database() throws -> Database { try Database(path: folder) }

  func records() throws -> [Record] {
    try database()[hardwareClass]?.records.map(\.record) ?? []
  }

  static func temporaryFolder() -> String {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(root)/hone-session-\(getpid())-\(UInt32.random(in: 0 ... .max))"
  }
}
