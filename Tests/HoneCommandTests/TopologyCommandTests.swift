// TopologyCommandTests.swift: what `hone topology` and `hone doctor` print.

import FoundationEssentials
import HoneHost
import Testing

@testable import HoneCommand

@Suite("hone topology and hone doctor")
struct TopologyCommandTests {
  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { String($0) }
  }

  @Test("a machine is summarised in aligned lines that name everything once")
  func summary() throws {
    let topology = try Topology.synthetic(
      "pack:2 [numa(memory=64GiB)] [numa(memory=16GiB)] l3:2(size=32MiB) l2:4(size=1MiB) l1d:1(size=32KiB) core:1 pu:2"
    )
    let text = TopologySummary(topology: topology).text()
    #expect(
      text == """
        Machine       synthetic pack:2 [numa(memory=64GiB)] [numa(memory=16GiB)] l3:2(size=32MiB) l2:4(size=1MiB) l1d:1(size=32KiB) core:1 pu:2
        CPU           unknown
        Layout        2 packages · 4 NUMA nodes · 16 cores · SMT 2 · 32 CPUs
        Caches        L1d 32 KiB × 16, one a core, line 64 B
                      L2 1 MiB × 16, one a core, line 64 B
                      L3 32 MiB × 4, each shared by 4 cores, line 64 B
        Memory        160 GiB in all
                      nodes 0,2: 2 × 64 GiB, near 8 cores
                      nodes 1,3: 2 × 16 GiB, memory only
        Instructions  unknown: not in the file
        Limits        all CPUs usable: 16 cores to tune for
        Placements    compact spread one-per-l3 numa-local
        Class         \(HardwareClass(topology).id)
        Warnings      NUMA: 4 NUMA nodes and no distances between them. Hone treats all remote nodes alike.

        """)
  }

  @Test("this machine fits on a screen, with everything that is known of it")
  func liveSummary() throws {
    let lines = lines(TopologySummary(topology: try Topology.live()).text())
    #expect((10...48).contains(lines.count))
    for label in ["CPU", "Layout", "Caches", "Memory", "Pages", "Instructions", "Limits", "Class"] {
      #expect(lines.contains { $0.hasPrefix(label + " ") }, "\(label)")
    }
  }

  @Test("the JSON has the topology, the class, the facts and the disagreements")
  func json() throws {
    let topology = try Topology.synthetic("pack:2 numa:1 core:2 pu:1")
    let text = try OutputOptions.json(TopologyReport(topology))
    let names = [
      "\"schema\" : \"hone-topology/1\"", "\"hardwareClass\"", "\"id\"", "\"facts\"",
      "\"disagreements\"",
    ]
    for name in names { #expect(text.contains(name), "\(name)") }
    #expect(text.contains(HardwareClass(topology).id))
  }

  @Test("two sources at once are refused")
  func exclusive() {
    #expect(throws: (any Error).self) {
      try TopologyCommand.parse(["--from", "a.xml", "--synthetic", "core:1"])
    }
    #expect(throws: (any Error).self) { try DoctorCommand.parse(["--seconds", "0"]) }
    #expect(throws: (any Error).self) { try DoctorCommand.parse(["--seconds", "nan"]) }
  }

  @Test(
    "the doctor's table has a row a check, colours only what is not OK, and ends with the digest")
  func doctor() {
    let quietness = Quietness(findings: [
      .init(check: "governor", value: "performance", grade: .ok, advice: ""),
      .init(check: "steal", value: "6.1 %", grade: .bad, advice: "Use a dedicated host."),
      .init(check: "hypervisor", value: "KVM", grade: .warn, advice: "Repeat."),
    ])
    #expect(
      DoctorCommand.text(quietness, usesColor: false) == """
        check       value        grade  what to do
        ----------  -----------  -----  ---------------------
        governor    performance  OK
        steal       6.1 %        BAD    Use a dedicated host.
        hypervisor  KVM          WARN   Repeat.

        In short: BAD steal 6.1 %; WARN hypervisor KVM
        """)
    let colored = lines(DoctorCommand.text(quietness, usesColor: true))
    #expect(colored.filter { $0.contains("\u{1b}[") }.count == 2)
    #expect(quietness.grade == .bad)
  }
}
