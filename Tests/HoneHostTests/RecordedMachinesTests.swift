// RecordedMachinesTests.swift: every recorded machine is read, counted and classified as hwloc's own tools count it.

import HoneCore
import HoneHost
import Testing

/// What a file must be read as. Counts are those of `hwloc-info -i FILE`, the rest is said where the file came from.
struct RecordedMachine: Sendable, CustomTestStringConvertible {
  var file: String
  var packages: Int
  var nodes: Int
  var memoryOnly = 0
  var cores: Int
  var cpus: Int
  var l3: Int
  var groups = 0
  var kinds = 0
  var complete: Int?
  var model: String?
  /// Part of the class id.
  var slug: String

  var testDescription: String { file }

  static let all: [RecordedMachine] = [
    .init(
      file: "conv290-linux-20em64t-hybrid-1p6c2t+2ca4co1t.xml", packages: 1, nodes: 1, cores: 14,
      cpus: 20, l3: 1, kinds: 2, model: "13th Gen Intel(R) Core(TM) i7-1370P",
      slug: "raptorlake-14c2t-l3x24m"),
    .init(
      file: "conv290-linux-20s390-2g6s4c.xml", packages: 8, nodes: 1, cores: 20, cpus: 20, l3: 0,
      groups: 6, slug: "s390x-8p20c1t"),
    .init(
      file: "conv290-linux-256ppc-8n8s4t.xml", packages: 64, nodes: 8, cores: 64, cpus: 256,
      l3: 64, groups: 12, model: "POWER7 (architected), altivec supported",
      slug: "power7-architected-64p64c4t-64l3x4m"),
    .init(
      file: "conv290-linux-32amd64-4s2n4c-cgroup2.xml", packages: 3, nodes: 6, cores: 6, cpus: 6,
      l3: 6, complete: 32, model: "AMD Opteron(tm) Processor 6134", slug: "amd-opteron-6134"),
    .init(
      file: "conv290-linux-nvidia-dgx-gb10.xml", packages: 1, nodes: 1, cores: 20, cpus: 20,
      l3: 2, kinds: 2, slug: "20c1t-"),
    .init(
      file: "conv290-x86-Intel-ArrowLake-CoreUltra5-225U.xml", packages: 1, nodes: 1, cores: 12,
      cpus: 14, l3: 1, kinds: 2, model: "Intel(R) Core(TM) Ultra 5 225U",
      slug: "intel-ultra-5-225u-arrowlake-12c2t"),
    .init(
      file: "conv290-x86-Intel-KnightsLanding-XeonPhi-7210.xml", packages: 1, nodes: 1, cores: 64,
      cpus: 256, l3: 0, model: "Intel(R) Xeon Phi(TM) CPU 7210 @ 1.30GHz",
      slug: "intel-xeon-phi-7210-knightslanding-64c4t-32l2x1m"),
    .init(
      file: "conv290-x86-Intel-SapphireRapids-2xXeonMax9460.xml", packages: 2, nodes: 1, cores: 80,
      cpus: 160, l3: 2, slug: "intel-xeon-max-9460-sapphirerapids-2p80c2t-2l3x"),
    .init(
      file: "flux-epyc-rome-corona.v1.xml", packages: 2, nodes: 2, cores: 48, cpus: 96, l3: 16,
      model: "AMD EPYC 7402 24-Core Processor", slug: "amd-epyc-7402-zen2-2p48c2t-16l3x16m"),
    .init(
      file: "flux-spr-2p-snc4-ipa20.xml", packages: 2, nodes: 8, cores: 112, cpus: 224, l3: 2,
      groups: 8, slug: "intel-xeon-platinum-8480plus-sapphirerapids-2p112c2t-2l3x105m"),
    .init(
      file: "hwloc-16amd64-4distances.xml", packages: 8, nodes: 8, cores: 16, cpus: 16, l3: 0,
      groups: 2, slug: "amd-opteron-865-k8-8p16c1t-16l2x1m"),
    .init(
      file: "hwloc-16amd64-8n2c-cpusets.xml", packages: 6, nodes: 5, memoryOnly: 2, cores: 10,
      cpus: 10, l3: 0,
      groups: 8, complete: 16, slug: "6p10c1t"),
    .init(
      file: "hwloc-192em64t-12gr2n8c2t.xml", packages: 24, nodes: 24, cores: 192, cpus: 384, l3: 24,
      groups: 12, slug: "intel-xeon-e5-4640-0-24p192c2t-24l3x20m"),
    .init(
      file: "hwloc-64intel64-fakeKNL-SNC4-hybrid.xml", packages: 1, nodes: 8, memoryOnly: 4,
      cores: 16, cpus: 64, l3: 0, slug: "knightslanding-16c4t-8l2x4m"),
    .init(
      file: "hwloc-8intel64-4n2t-memattrs.xml", packages: 0, nodes: 4, cores: 8, cpus: 8, l3: 0,
      groups: 4, slug: "unknown-8c1t"),
    .init(
      file: "hwloc-96em64t-4n4d3ca2co-pci.xml", packages: 16, nodes: 4, cores: 96, cpus: 96, l3: 16,
      groups: 4, slug: "16p96c1t-16l3x16m"),
    .init(
      file: "hwloc-cxlmem+dax.v2.xml", packages: 1, nodes: 1, cores: 4, cpus: 4, l3: 1,
      slug: "qemu-virtual-version-2-5plus-4c1t"),
    .init(
      file: "hwloc-fakecpukinds.xml", packages: 1, nodes: 1, cores: 2, cpus: 4, l3: 0, kinds: 3,
      slug: "unknown-2c2t"),
    .init(
      file: "hwloc-nvidiaDGX2.xml", packages: 2, nodes: 2, cores: 4, cpus: 4, l3: 2,
      slug: "intel-xeon-platinum-8174-skylakesp-2p4c1t-2l3x"),
    .init(
      file: "hwloc-power8gpudistances.xml", packages: 2, nodes: 2, cores: 8, cpus: 16, l3: 8,
      slug: "power8nvl-2p8c2t-8l3x8m"),
    .init(
      file: "this-box.xml", packages: 1, nodes: 1, cores: 2, cpus: 2, l3: 1,
      slug: "amd-epyc-zen4-2c1t-l3x32m"),
  ]
}

@Suite(
  "recorded machines", .enabled(if: SharedData.hasTopologies, SharedData.reason))
struct RecordedMachinesTests {
  @Test(
    "a recorded machine is counted as hwloc's own tools count it", arguments: RecordedMachine.all)
  func counts(_ machine: RecordedMachine) throws {
    let topology = try Topology.xml(path: SharedData.topology(machine.file))
    #expect(topology.packages.count == machine.packages)
    #expect(topology.nodes.count == machine.nodes)
    #expect(topology.nodes.count { $0.isMemoryOnly } == machine.memoryOnly)
    #expect(topology.cores.count == machine.cores)
    #expect(topology.online.count == machine.cpus)
    #expect(topology.caches(named: "L3").reduce(0) { $0 + $1.instances.count } == machine.l3)
    #expect(topology.groups.count == machine.groups)
    #expect(topology.kinds.count == machine.kinds)
    #expect(topology.complete.count == machine.complete ?? machine.cpus)
    if let model = machine.model { #expect(topology.processor.model == model) }
    #expect(topology.system == nil)
    #expect(HardwareClass(topology).id.contains(machine.slug), "\(HardwareClass(topology).id)")
  }

  @Test("every CPU belongs to exactly one core", arguments: RecordedMachine.all)
  func coresPartition(_ machine: RecordedMachine) throws {
    let topology = try Topology.xml(path: SharedData.topology(machine.file))
    let cpus = topology.cores.flatMap(\.cpus)
    #expect(cpus.count == machine.cpus)
    #expect(CPUSet(cpus) == topology.online)
  }

  @Test("different machines have different classes")
  func classesDiffer() throws {
    let ids = try RecordedMachine.all.map {
      HardwareClass(try Topology.xml(path: SharedData.topology($0.file))).id
    }
    #expect(Set(ids).count == ids.count)
  }
}
