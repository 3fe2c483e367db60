// MemoryRegionTests.swift: regions are aligned, zeroed and large enough, and say where they could not go.

import HoneCore
import HoneHost
import Testing

@Suite("memory regions")
struct MemoryRegionTests {
  @Test(
    "a region is aligned, zeroed and usable to its last byte, for every size, page and place",
    arguments: [0, 1, 4095, 4097, 2 << 20, (2 << 20) + 1])
  func regions(_ bytes: Int) throws {
    for pages in ["4k", "thp"] {
      for placement in [MemoryPlacement.local, .interleave, .onNode(0), .onNode(77)] {
        let region = try MemoryRegion(bytes: bytes, pages: pages, placement: placement)
        #expect(region.bytes == bytes)
        let alignment = pages == "thp" && bytes >= 2 << 20 ? 2 << 20 : 4096
        #expect(Int(bitPattern: region.base) % alignment == 0)
        let last = max(bytes, 1) - 1
        #expect(region.base.load(fromByteOffset: last, as: UInt8.self) == 0)
        region.base.storeBytes(of: 7, toByteOffset: last, as: UInt8.self)
      }
    }
  }

  @Test("a wish that cannot be granted leaves its reason")
  func notes() throws {
    #expect(try MemoryRegion(bytes: 8192).placementNote == nil)
    let strange = try MemoryRegion(bytes: 8192, placement: .onNode(4000))
    #expect(strange.placementNote?.contains("no NUMA node 4000") == true)
    if try Topology.live().nodes.count == 1 {
      let note = try MemoryRegion(bytes: 8192, placement: .interleave).placementNote
      #expect(note?.contains("one NUMA node") == true)
    }
  }

  @Test("memory that is asked for on a node lies there, where the system can say")
  func liesOnNode() throws {
    for node in try Topology.live().nodes where node.isAllowed && node.bytes > 0 {
      let region = try MemoryRegion(bytes: 16384, pages: "4k", placement: .onNode(node.number))
      region.base.storeBytes(of: 1, as: UInt8.self)
      let found = MemoryPlacement.node(of: region.base)
      if region.placementNote == nil, let found { #expect(found == node.number) }
    }
  }

  @Test("more memory than there is, is an error and no crash")
  func tooLarge() {
    for bytes in [Int.max, Int.max / 2, 1 << 60] {
      #expect {
        try MemoryRegion(bytes: bytes)
      } throws: {
        ($0 as? HoneError)?.code == .unavailable
      }
    }
  }

  private static let freeHugePages =
    SystemFiles().integer("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") ?? 0

  @Test(
    "explicit huge pages are given, whole and aligned, where some are set aside",
    .enabled(if: freeHugePages >= 2, "no huge pages are set aside here (vm.nr_hugepages)"))
  func explicitHugePages() throws {
    let region = try MemoryRegion(bytes: (2 << 20) + 1, pages: "huge")
    #expect(Int(bitPattern: region.base) % (2 << 20) == 0)
    region.base.storeBytes(of: 7, toByteOffset: 2 << 20, as: UInt8.self)
    #expect(region.base.load(fromByteOffset: 2 << 20, as: UInt8.self) == 7)
  }

  @Test("more explicit huge pages than there are are refused, with the numbers and what to do")
  func noExplicitHugePages() {
    let bytes = (Self.freeHugePages + 64) << 21
    #expect {
      try MemoryRegion(bytes: bytes, pages: "huge")
    } throws: {
      let error = $0 as? HoneError
      return error?.code == .unavailable && error?.advice.contains("thp") == true
    }
  }

  @Test("the refusal counts what is set aside and free")
  func hugePageCounts() throws {
    let folder = "sys/kernel/mm/hugepages/hugepages-2048kB"
    let some = try FakeSystem(["\(folder)/nr_hugepages": "8", "\(folder)/free_hugepages": "3"])
    let refusal = ExplicitHugePages.refusal(needed: 5, files: some.files)
    #expect(refusal.message.contains("5 huge pages"))
    #expect(refusal.message.contains("3 are free (8 set aside)"))
    #expect(refusal.advice.contains("vm.nr_hugepages"))
    let none = ExplicitHugePages.refusal(needed: 5, files: try FakeSystem([:]).files)
    #expect(none.message.contains("this kernel has no huge pages"))
  }

  @Test("each node's replica has the whole content")
  func replicas() throws {
    let replicas = try NodeReplicas(bytes: 10_000) { base in
      for index in 0..<10_000 {
        base.storeBytes(of: UInt8(index % 251), toByteOffset: index, as: UInt8.self)
      }
    }
    #expect(!replicas.regions.isEmpty)
    let near = try #require(replicas.region(near: 9999))
    #expect(near.base.load(fromByteOffset: 9999, as: UInt8.self) == UInt8(9999 % 251))
  }
}
