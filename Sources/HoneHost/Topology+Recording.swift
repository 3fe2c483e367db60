// Topology+Recording.swift: writes a machine down as hwloc XML that says nothing of its owner.

internal import HoneCore

/// Where a topology is taken from.
public enum TopologyOrigin: Hashable, Sendable {
  case live
  /// The content of an hwloc XML file, and its name for messages.
  case document([UInt8], name: String)
  /// `pack:2 numa:2 l3:1 core:8 pu:2`.
  case synthetic(String)

  /// The XML file at `path`, read once (so that it may be a pipe); "-" is standard input.
  public static func file(_ path: String) throws -> TopologyOrigin {
    let name = path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init)
    return .document(try Topology.contents(of: path), name: name ?? path)
  }
}

extension Topology {
  public static func load(_ origin: TopologyOrigin) throws -> Topology {
    switch origin {
    case .live: try live()
    case .document(let bytes, let name): try xml(bytes: bytes, name: name)
    case .synthetic(let text): try synthetic(text)
    }
  }

  /// The machine as hwloc XML (format 2): no devices, no host name, serial number, address, process or control group, and
  /// with the facts that decide on the hardware class and that hwloc does not store (instruction-set extensions, hypervisor,
  /// memory as the kernel counts it). Read again, it has the same hardware class.
  public static func record(_ origin: TopologyOrigin) throws -> [UInt8] {
    let topology = try load(origin)
    let hwloc: HwlocTopology
    do {
      hwloc = try HwlocTopology(try hwlocOrigin(origin))
    } catch let failure as HwlocFailure {
      throw HoneError(.unavailable, "hwloc cannot read the machine: \(failure.reason).")
    }
    for (fact, value) in topology.recordedFacts where hwloc.root.info(fact.rawValue) == nil {
      hwloc.addInfo(fact.rawValue, value)
    }
    return TopologyDocument(bytes: try hwloc.exported(), name: "recording").stripped().bytes
  }

  private static func hwlocOrigin(_ origin: TopologyOrigin) throws -> HwlocTopology.Origin {
    switch origin {
    case .live: .live
    case .document(let bytes, let name):
      .xml(TopologyDocument(bytes: bytes, name: name).normalised().bytes)
    case .synthetic(let text): .synthetic(try SyntheticDescription(text).hwloc)
    }
  }

  private var recordedFacts: [(fact: RecordedFact, value: String)] {
    let values: [(RecordedFact, String?)] = [
      (.features, processor.features?.joined(separator: " ")), (.hypervisor, processor.hypervisor),
      (.memory, kernelMemoryBytes.map(String.init)),
    ]
    return values.compactMap { fact, value in value.map { (fact, $0) } }
  }
}
