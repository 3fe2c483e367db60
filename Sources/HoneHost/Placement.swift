// Placement.swift: in which order threads take the processors of a machine.

/// A named order of processors: n threads take the first n.
///
/// ```
///              package 0          package 1         (two L3 a package, two cores an L3, threads in the order of letters)
///            L3 0    L3 1       L3 2    L3 3
/// compact     a b     c d        e f     g h
/// spread      a e     c g        b f     d h        alternates between packages, then nodes, then L3
/// one-per-l3  a e     b f        c g     d h        one L3 after the other, neighbours first
/// ```
///
/// The second hardware threads of cores come after all cores; only `numa-local` fills a NUMA node, siblings included, before
/// it goes to the next. Where cores differ, the fastest kind comes first.
public struct Placement: Hashable, Sendable, Codable {
  public var name: String
  /// Numbers of the operating system. Only CPUs that this process may use.
  public var processors: [Int]

  /// The names that mean something different on this machine, always with "compact".
  public static func names(for topology: Topology) -> [String] {
    all(for: topology).map(\.name)
  }

  /// The placements that differ on this machine, "compact" first.
  public static func all(for topology: Topology) -> [Placement] {
    let cores = OrderedCores(topology)
    var result: [Placement] = []
    for row in rows {
      let processors = row.order(cores)
      if !result.contains(where: { $0.processors == processors }) {
        result.append(Placement(name: row.name, processors: processors))
      }
    }
    return result
  }

  /// The processors for `threads` threads, one each; starts again at the first where there are more threads than processors.
  /// A name that means nothing on this machine is "compact".
  public static func processors(
    _ name: String, threads: Int, on topology: Topology
  ) -> [Int] {
    let placements = all(for: topology)
    let order = (placements.first { $0.name == name } ?? placements[0]).processors
    guard !order.isEmpty else { return [] }
    return (0..<max(0, threads)).map { order[$0 % order.count] }
  }

  /// One row a placement; the first of equal ones gives the name.
  private static let rows: [(name: String, order: @Sendable (OrderedCores) -> [Int])] = [
    ("compact", { $0.siblingsLast($0.cores) }),
    ("spread", { $0.siblingsLast($0.alternating(\.package, \.node, \.cache)) }),
    ("one-per-l3", { $0.siblingsLast($0.alternating(\.cache)) }),
    ("numa-local", { ordered in ordered.grouped(\.node).flatMap { ordered.siblingsLast($0) } }),
  ]
}

/// The usable cores in the order of the machine, fastest kind first, each with where it sits.
private struct OrderedCores {
  struct Seat {
    var cpus: [Int]
    var package: Int
    var node: Int
    var cache: Int
    var speed: Int
  }

  var cores: [Seat]

  init(_ topology: Topology) {
    let usable = topology.usable
    let caches = topology.caches(named: "L3").flatMap(\.instances)
    let seats = topology.cores.compactMap { core -> Seat? in
      let cpus = core.cpus.filter(usable.contains)
      guard let first = cpus.first else { return nil }
      let speed = core.kind.flatMap { topology.kinds[$0].efficiency } ?? 0
      return Seat(
        cpus: cpus, package: core.package ?? 0, node: core.node ?? 0,
        cache: caches.firstIndex { $0.contains(first) } ?? -1, speed: speed)
    }
    let speeds = Set(seats.map(\.speed)).sorted(by: >)
    cores = speeds.flatMap { speed in seats.filter { $0.speed == speed } }
  }

  /// First hardware threads of all cores, then the second ones, and so on.
  func siblingsLast(_ cores: [Seat]) -> [Int] {
    let depth = cores.map(\.cpus.count).max() ?? 0
    return (0..<depth).flatMap { rank in
      cores.compactMap { rank < $0.cpus.count ? $0.cpus[rank] : nil }
    }
  }

  /// Takes one core of each group in turn, and does the same with the next key inside each group. Slower kinds stay last.
  func alternating(_ keys: KeyPath<Seat, Int>...) -> [Seat] {
    Set(cores.map(\.speed)).sorted(by: >).flatMap { speed in
      Self.alternate(cores.filter { $0.speed == speed }, keys[...])
    }
  }

  private static func alternate(
    _ cores: [Seat], _ keys: ArraySlice<KeyPath<Seat, Int>>
  ) -> [Seat] {
    guard let key = keys.first else { return cores }
    let groups = group(cores, key).map { alternate($0, keys.dropFirst()) }
    let depth = groups.map(\.count).max() ?? 0
    return (0..<depth).flatMap { rank in
      groups.compactMap { rank < $0.count ? $0[rank] : nil }
    }
  }

  func grouped(_ key: KeyPath<Seat, Int>) -> [[Seat]] { Self.group(cores, key) }

  /// Groups of equal value, in the order in which they appear.
  private static func group(_ cores: [Seat], _ key: KeyPath<Seat, Int>) -> [[Seat]] {
    var order: [Int] = []
    var groups: [Int: [Seat]] = [:]
    for core in cores {
      if groups[core[keyPath: key]] == nil { order.append(core[keyPath: key]) }
      groups[core[keyPath: key], default: []].append(core)
    }
    return order.compactMap { groups[$0] }
  }
}
