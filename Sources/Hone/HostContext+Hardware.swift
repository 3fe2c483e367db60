// HostContext+Hardware.swift: what host.json says of the hardware: the class, and what may change without new hardware.

internal import HoneCore
internal import HoneDatabase
internal import HoneHost

extension HostContext {
  /// The fields of the hardware class, and under `system` microcode, frequency, the control group's CPUs and pages: no part of the identity,
  /// but a part of how near two machines are (see HoneDatabase).
  var hardwareFacts: JSONValue {
    get throws {
      var system: [String: JSONValue] = [:]
      system["microcode"] = topology.processor.microcode.map { .string($0) }
      system["maximumMHz"] = topology.kinds.compactMap(\.maximumMHz).max().map { .integer($0) }
      if let facts = topology.system {
        system["quotaCPUs"] = facts.controlGroup.cpus.map { .number("\($0)") }
        system["transparentHugePages"] = facts.transparentHugePages.map { .string($0) }
        system["reservedHugePages"] = .integer(facts.hugePages.reduce(0) { $0 + $1.count })
      }
      let facts = try JSONValue(encoding: hardwareClass).setting("system", to: .object(system))
      // hwloc's variables put another machine in this one's place: what was measured is not of that one.
      return topology.source.kind == .live ? facts : facts.setting("simulated", to: .bool(true))
    }
  }
}
