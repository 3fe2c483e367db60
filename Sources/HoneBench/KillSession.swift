// KillSession.swift: the session that `hone-bench kills` kills: a deterministic simulated machine, a real journal, real time passing.

internal import Glibc
internal import Hone
internal import HoneBackends
internal import HoneCore
internal import HoneHost
internal import HoneTesting
internal import HoneWorkloads

/// Times are multiples of 2⁻⁹ s, which a clock in nanoseconds holds exactly, so that the same configuration always takes the same
/// time; each execution also takes real time, so that a kill can hit it.
enum KillSession {
  static let hardwareClass = "pack:1 numa:1 l3:1 core:2 pu:1"

  /// Simulated seconds of one session.
  private static let budget = 80.0
  /// Of real time, for one execution.
  private static let microseconds: UInt32 = 60

  static func run(database: String, strategy: String) throws {
    let machine = SimulatedMachine()
    let backend = SimulatedBackend(machine: machine, variants: variants)
    let topology = try Topology.synthetic(hardwareClass)
    let context = HostContext(
      topology: topology, facts: HostFacts(cores: 2), hardwareClass: HardwareClass(topology),
      identifier: "0123456789ab", backends: Backends(all: [backend]))
    let problems = [3, 5].map {
      Problem(operation: "gemm", types: "f32", shape: ["m": $0, "n": 4, "k": 5])
    }
    let workload = Workload(
      name: "kills", summary: "two small GEMMs", source: "made up",
      entries: problems.map { WorkloadEntry($0) })
    let session = try TuningSession(
      options: TuningOptions(
        workload: workload, budgetSeconds: budget, strategy: strategy, cores: [2],
        database: database), context: context, instruments: machine.instruments)
    _ = try session.run()
  }

  private static let variants: [SimulatedBackend.Variant] = [
    .init("plain") { _ in
      usleep(microseconds)
      return 60.0 / 512
    },
    .init(
      "tiled",
      parameters: [
        Parameter("a", (1...30).map { .int($0) }), Parameter("b", (1...20).map { .int($0) }),
      ]
    ) {
      usleep(microseconds)
      let (a, b) = ($0.int("a", default: 1), $0.int("b", default: 1))
      return Double(5 + abs(a - 22) + 2 * abs(b - 13) + (a * b) % 7) / 512
    },
  ]
}
