// PlacementTests.swift: placements are permutations of the usable CPUs, siblings last, and only those that differ.

import Testing

@testable import HoneHost

@Suite("placements")
struct PlacementTests {
  private static let machines = [
    "pack:1 l3:1 core:4 pu:1", "pack:1 l3:1 core:4 pu:2", "pack:2 l3:2 core:2 pu:1",
    "pack:2 numa:2 l3:2 core:3 pu:2", "pack:1 l3:8 core:2 pu:2", "pack:3 core:5 pu:4",
    "core:1 pu:1",
  ]

  @Test("every placement has every usable CPU once", arguments: machines)
  func permutations(_ text: String) throws {
    let topology = try Topology.synthetic(text)
    for placement in Placement.all(for: topology) {
      #expect(placement.processors.sorted() == topology.online.members, "\(placement.name)")
    }
  }

  @Test(
    "second threads of cores come after all cores, within a node for numa-local",
    arguments: machines)
  func siblingsLast(_ text: String) throws {
    let topology = try Topology.synthetic(text)
    for placement in Placement.all(for: topology) where placement.name != "numa-local" {
      let firsts = placement.processors.prefix(topology.cores.count)
      let cores = firsts.compactMap { cpu in topology.cores.firstIndex { $0.cpus.contains(cpu) } }
      #expect(Set(cores).count == topology.cores.count, "\(placement.name)")
    }
  }

  @Test("only placements that differ are offered")
  func namesThatDiffer() throws {
    let expected: [(String, [String])] = [
      ("pack:1 l3:1 core:4 pu:1", ["compact"]), ("pack:1 l3:1 core:4 pu:2", ["compact"]),
      ("pack:1 l3:4 core:2 pu:1", ["compact", "spread"]),
      ("pack:2 l3:2 core:2 pu:1", ["compact", "spread", "one-per-l3"]),
      ("pack:2 numa:1 l3:1 core:2 pu:2", ["compact", "spread", "numa-local"]),
    ]
    for (text, names) in expected {
      #expect(Placement.names(for: try Topology.synthetic(text)) == names, "\(text)")
    }
  }

  @Test("the orders are those of the picture")
  func orders() throws {
    let topology = try Topology.synthetic("pack:2 l3:2 core:2 pu:1")
    func order(_ name: String) -> [Int] {
      Placement.processors(name, threads: 8, on: topology)
    }
    #expect(order("compact") == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(order("spread") == [0, 4, 2, 6, 1, 5, 3, 7])
    #expect(order("one-per-l3") == [0, 2, 4, 6, 1, 3, 5, 7])
    let smt = try Topology.synthetic("pack:2 numa:1 core:2 pu:2")
    #expect(Placement.processors("numa-local", threads: 8, on: smt) == [0, 2, 1, 3, 4, 6, 5, 7])
    #expect(Placement.processors("compact", threads: 8, on: smt) == [0, 2, 4, 6, 1, 3, 5, 7])
  }

  @Test("more threads than CPUs start again, none is none, an unknown name is compact")
  func edges() throws {
    let topology = try Topology.synthetic("core:3 pu:1")
    #expect(Placement.processors("compact", threads: 5, on: topology) == [0, 1, 2, 0, 1])
    #expect(Placement.processors("compact", threads: 0, on: topology) == [])
    #expect(Placement.processors("nonsense", threads: 2, on: topology) == [0, 1])
  }

  @Test("CPUs that may not be used are in no placement")
  func usableOnly() throws {
    var topology = try Topology.synthetic("pack:2 l3:2 core:2 pu:2")
    topology.allowed = CPUSet([1, 2, 3, 9])
    for placement in Placement.all(for: topology) {
      #expect(placement.processors.sorted() == [1, 2, 3, 9])
    }
    #expect(topology.facts.cores == 3)
  }

  @Test("the fastest cores come first in every placement")
  func fastFirst() throws {
    var topology = try Topology.synthetic("l3:2 core:2 pu:1")
    topology.kinds = [
      CPUKind(name: "efficiency", cpus: CPUSet([0, 2]), efficiency: 0),
      CPUKind(name: "performance", cpus: CPUSet([1, 3]), efficiency: 1),
    ]
    for index in topology.cores.indices { topology.cores[index].kind = index % 2 }
    for placement in Placement.all(for: topology) {
      #expect(Set(placement.processors.prefix(2)) == [1, 3], "\(placement.name)")
    }
  }
}
