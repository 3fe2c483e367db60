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
  private let folder: String

  init(
    name: String = "simulated", version: String = "1", variants: [SimulatedBackend.Variant],
    noise: SimulatedNoise = .init(), seed: UInt64 = 1, folder: String = temporaryFolder()
  ) throws {
    machine = SimulatedMachine(noise: noise, seed: seed)
    backend = SimulatedBackend(
      name: name, version: version, machine: machine, variants: variants)
    let topology = try Topology.synthetic("pack:1 numa:1 l3:1 core:2 pu:1")
    context = HostContext(
      topology: topology, facts: HostFacts(cores: 2), hardwareClass: HardwareClass(topology),
      identifier: "0123456789ab", backends: Backends(all: [backend]))
    self.folder = folder
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var hardwareClass: String { context.hardwareClass.id }

  func tune(
    strategy: String = "auto", seed: UInt64 = 1, again: Bool = false,
    interrupted: @escaping () -> Bool = { false }
  ) throws -> [TuningSummary] {
    let problem = Problem(operation: "gemm", types: "f32", shape: ["m": 3, "n": 4, "k": 5])
    let workload = Workload(
      name: "test", summary: "one small GEMM", source: "made up", entries: [.init(problem)])
    let session = try TuningSession(
      options: TuningOptions(
        workload: workload, budgetSeconds: 30, strategy: strategy, seed: seed, cores: [2],
        database: folder, again: again),
      context: context, instruments: machine.instruments, interrupted: interrupted)
    return try session.run()
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
