// ThisHost.swift: what subcommands need to know of the machine they run on.

internal import HoneBackends
internal import HoneCore
internal import HoneHost

struct ThisHost {
  let hardwareClass: String
  /// Cores that this process may use.
  let cores: Int
  /// Versions and signatures of everything that computes here.
  let libraries: [String: String]
  private let instructionSets: [String]

  init() throws {
    let topology = try Topology.live()
    hardwareClass = HardwareClass(topology).id
    cores = topology.facts.cores
    instructionSets = topology.facts.instructionSets
    libraries = Backends(host: topology.facts).all.reduce(into: [:]) {
      $0.merge($1.libraries) { first, _ in first }
    }
  }

  /// Whether this CPU has the instructions that the variant's name asks for: `…@x86v4`. A name without them asks for nothing.
  func canRun(_ configuration: Configuration) -> Bool {
    let parts = configuration.variant.split(separator: "@", maxSplits: 1)
    return parts.count < 2 || instructionSets.contains(String(parts[1]))
  }
}
