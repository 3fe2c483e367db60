// Fleet.swift: several hosts side by side: what each of them has, and which one the others are measured against.

internal import HoneCore

/// What a report about several hosts is about.
public struct Fleet: Sendable {
  public var hosts: [FleetHost]
  /// Of every host, in the order in which its subject serves them.
  public var observations: [Observation]
  /// Position of the host that others are compared with.
  public var baseline: Int

  /// - Parameter baseline: a position in `hosts`; anything else is the first.
  public init(_ hosts: [FleetHost], baseline: Int = 0) {
    self.hosts = Self.named(hosts)
    self.baseline = hosts.indices.contains(baseline) ? baseline : 0
    observations = hosts.enumerated().flatMap { index, host in
      host.subject.rows.map { Observation(host: index, row: $0) }
    }
  }

  /// Names that tell hosts apart: without the hash at the end of a hardware class where that is enough; where it is not, the names of the
  /// databases if each has one host, or these in front.
  private static func named(_ hosts: [FleetHost]) -> [FleetHost] {
    let shortened = hosts.map { shortName($0.name) }
    var named = hosts
    let databases = Set(hosts.map(\.database))
    if Set(shortened).count < hosts.count, databases.count == hosts.count {
      for index in hosts.indices { named[index].name = hosts[index].database }
      return named
    }
    for index in hosts.indices {
      let isUnique = shortened.count { $0 == shortened[index] } == 1
      named[index].name = isUnique ? shortened[index] : hosts[index].name
    }
    let names = named.map(\.name)
    for index in named.indices where names.count(where: { $0 == names[index] }) > 1 {
      named[index].name = "\(named[index].database):\(names[index])"
    }
    return named
  }

  /// "amd-epyc-zen4-2c1t-l3x32m" of "amd-epyc-zen4-2c1t-l3x32m-a1b2c3d4".
  static func shortName(_ name: String) -> String {
    guard let dash = name.lastIndex(of: "-"), dash != name.startIndex else { return name }
    let last = name[name.index(after: dash)...]
    return last.count == 8 && last.allSatisfy(\.isHexDigit) ? String(name[..<dash]) : name
  }
}
