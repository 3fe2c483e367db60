// SyntheticDescriptionTests.swift: imagined machines are what was written, and mistakes are explained.

import HoneCore
import HoneHost
import Testing

@Suite("synthetic machines")
struct SyntheticDescriptionTests {
  @Test("the friendly form and hwloc's own form give the machine that was written")
  func counts() throws {
    let plain = try Topology.synthetic("pack:2 numa:2 l3:1 core:8 pu:2")
    #expect(plain.packages.count == 2)
    #expect(plain.nodes.count == 4)
    #expect(plain.caches(named: "L3").map(\.instances.count) == [4])
    #expect(plain.cores.count == 32)
    #expect(plain.threadsPerCore == 2)
    #expect(plain.online.count == 64)
    #expect(plain.cores.map(\.node).prefix(9) == [0, 0, 0, 0, 0, 0, 0, 0, 1])
    #expect(plain.cores.last?.package == 1)
    let own = try Topology.synthetic(
      "Package:2 [numa(memory=64GB)] [numa(memory=16GB)] L3Cache:2(size=32MiB) l2:4(size=1MiB) core:1 pu:2"
    )
    #expect(own.nodes.map(\.bytes) == [64, 16, 64, 16].map { $0 * 1_000_000_000 })
    #expect(own.nodes.map(\.isMemoryOnly) == [false, true, false, true])
    #expect(own.caches(named: "L3").map(\.bytes) == [32 << 20])
    #expect(own.caches(named: "L3").map(\.coresPerInstance) == [4])
    #expect(own.cores.count == 16)
  }

  @Test("names of levels are those that people use, and cores without threads have one")
  func names() throws {
    let first = try Topology.synthetic(
      "Sockets:1 Node:1 L3:2 Cores:3".replacing("Sockets", with: "socket"))
    #expect(first.cores.count == 6)
    #expect(first.online.count == 6)
    #expect(first.source.detail == "socket:1 Node:1 L3:2 Cores:3")
  }

  @Test("a synthetic machine knows nothing that only a kernel knows, and its facts hold")
  func facts() throws {
    let topology = try Topology.synthetic(
      "pack:1 l3:2(size=16MiB) l2:4(size=1MiB) l1d:1(size=32KiB) core:1 pu:2")
    #expect(topology.system == nil)
    #expect(topology.processor.features == nil)
    let facts = topology.facts
    #expect(facts.cores == 8)
    #expect(facts.threadsPerCore == 2)
    #expect(facts.l3Bytes == 16 << 20)
    #expect(facts.coresPerL3 == 4)
    #expect(facts.l2Bytes == 1 << 20)
    #expect(facts.l1dBytes == 32 << 10)
    #expect(facts.instructionSets == [])
  }

  @Test(
    "a mistake in the description is explained",
    arguments: [
      ("", "no level"), ("pack", "positive count"), ("pack:0", "positive count"),
      ("pack:-1 pu:1", "positive count"), ("pack:x", "positive count"),
      ("sofa:2 pu:1", "unknown level 'sofa'"), ("pack:2x pu:1", "after the count"),
      ("core:100000 pu:2", "more than"),
      ("pack:999999999999999999 core:999999999999999999", "more than"),
      ("pack:99999999999999999999999", "positive count"),
      ("core:2 pack:2 core:2", "hwloc does not"),
      ("[numa", "no level"), ("pack:2(size= pu:2", "after the count"),
    ])
  func mistakes(_ text: String, _ expected: String) {
    #expect {
      try Topology.synthetic(text)
    } throws: {
      let error = $0 as? HoneError
      return error?.code == .usage && error?.message.contains(expected) == true
        && error?.advice.contains("pack:2 numa:2") == true
    }
  }
}
