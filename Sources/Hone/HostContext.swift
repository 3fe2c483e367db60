// HostContext.swift: this machine as a tuning session sees it: facts, class, identity, back ends.

public import HoneBackends
internal import HoneCore
internal import HoneDatabase
public import HoneHost

/// What a session needs to know of the host, read once.
public struct HostContext: Sendable {
  public var topology: Topology
  public var facts: HostFacts
  public var hardwareClass: HardwareClass
  /// Random, the same for every session of this user on this host.
  public var identifier: String
  public var backends: Backends
  /// How quiet the host was; nil where nobody looked.
  public var quietness: Quietness?

  /// Reads the topology and opens the back ends. Call it before threads are bound: reading the topology may move the caller.
  public static func current() throws -> HostContext {
    let topology = try Topology.live()
    let facts = topology.facts
    return HostContext(
      topology: topology, facts: facts, hardwareClass: HardwareClass(topology),
      identifier: HostIdentifier.current(), backends: Backends(host: facts),
      quietness: Quietness.inspect(topology, seconds: 0.4))
  }

  public init(
    topology: Topology, facts: HostFacts, hardwareClass: HardwareClass, identifier: String,
    backends: Backends, quietness: Quietness? = nil
  ) {
    self.topology = topology
    self.facts = facts
    self.hardwareClass = hardwareClass
    self.identifier = identifier
    self.backends = backends
    self.quietness = quietness
  }

  /// Versions of everything that computes, for provenance.
  public var libraries: [String: String] {
    backends.all.reduce(into: [:]) { $0.merge($1.libraries) { first, _ in first } }
  }
}

/// The version of this tool, as records name it.
public let toolVersion = "0.1.0"
