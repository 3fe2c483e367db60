// HardwareClassTests.swift: the class is the hardware's, whoever looks, however often, and whatever it is called.

import FoundationEssentials
import HoneHost
import Testing

@Suite("hardware class")
struct HardwareClassTests {
  /// Changes everything that must not matter, line by line.
  private static func disguised(_ bytes: [UInt8]) -> [UInt8] {
    let noisy = [
      "HostName", "LinuxCgroup", "Address", "ProcessName", "OSRelease", "DMIProductSerial",
    ]
    var lines: [String] = []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let name = noisy.first { line.contains("name=\"\($0)\"") }
      if let name {
        lines.append("<info name=\"\(name)\" value=\"changed\"/>")
      } else {
        lines.append(
          String(line).replacing("pci_busid=\"0000:", with: "pci_busid=\"0001:").replacing(
            "PCIDevice\" value=\"", with: "PCIDevice\" value=\"changed "))
      }
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  private static var files: [String] {
    let own = ["this-box.xml", "two-tiers.xml"].map(SharedData.fixture)
    let recorded =
      SharedData.hasTopologies
      ? RecordedMachine.all.map { SharedData.topology($0.file) } : []
    return own + recorded
  }

  @Test("reading a machine again, or under another name, gives the same class", arguments: files)
  func stable(_ path: String) throws {
    let bytes = try SharedData.bytes(path)
    let first = HardwareClass(try Topology.xml(bytes: bytes, name: "a"))
    let again = HardwareClass(try Topology.xml(path: path))
    let disguised = HardwareClass(try Topology.xml(bytes: Self.disguised(bytes), name: "b"))
    #expect(first == again)
    #expect(first.id == again.id)
    #expect(first == disguised)
    #expect(Self.disguised(bytes) != bytes)
  }

  @Test(
    "a recorded machine has the class of the machine, keeps the live facts and loses the names",
    arguments: files)
  func recording(_ path: String) throws {
    let recorded = try Topology.record(try .file(path))
    let text = String(decoding: recorded, as: UTF8.self)
    #expect(
      HardwareClass(try Topology.xml(bytes: recorded, name: "recorded"))
        == HardwareClass(try Topology.xml(path: path)))
    for word in ["HostName", "Serial", "Cgroup", "Address", "PCIDev", "ProcessName", "AssetTag"] {
      #expect(!text.contains(word), "\(word)")
    }
  }

  @Test("recording this machine keeps its class, and says no name")
  func recordingLive() throws {
    let live = try Topology.live()
    let recorded = try Topology.record(.live)
    let again = try Topology.xml(bytes: recorded, name: "recorded")
    #expect(HardwareClass(again) == HardwareClass(live))
    #expect(again.processor.instructionSets == live.processor.instructionSets)
    #expect(!String(decoding: recorded, as: UTF8.self).contains("HostName"))
  }

  @Test("affinity, quota, governor and throttling do not change the class")
  func independentOfLimits() throws {
    var topology = try Topology.live()
    let id = HardwareClass(topology).id
    topology.system?.affinity = CPUSet([0])
    topology.system?.controlGroup = ControlGroupLimits(cpus: 0.5, memoryBytes: 1 << 20, version: 2)
    topology.system?.governor = "powersave"
    topology.allowed = CPUSet([0])
    topology.notes = ["something"]
    #expect(HardwareClass(topology).id == id)
  }

  @Test("what matters for tuning changes the class")
  func sensitive() throws {
    let path = SharedData.fixture("this-box.xml")
    let base = try Topology.xml(path: path)
    let changes: [(String, (inout Topology) -> Void)] = [
      ("cache", { $0.caches[0].bytes *= 2 }), ("cores", { $0.cores.removeLast() }),
      ("model", { $0.processor.model = "AMD EPYC 9654" }),
      ("ISA", { $0.processor.instructionSets = ["x86v2"] }),
      ("virtual", { $0.processor.hypervisor = "KVM" }), ("tier", { $0.nodes[0].tier = .hbm }),
      ("memory", { $0.nodes[0].bytes *= 4 }),
    ]
    var ids = [HardwareClass(base).id]
    for (_, change) in changes {
      var topology = base
      change(&topology)
      ids.append(HardwareClass(topology).id)
    }
    #expect(Set(ids).count == changes.count + 1)
  }

  @Test("a little less or more memory is the same class, as firmware takes a varying share")
  func memoryIsCoarse() throws {
    var topology = try Topology.xml(path: SharedData.fixture("this-box.xml"))
    topology.nodes[0].bytes = 31 << 30
    let class1 = HardwareClass(topology)
    topology.nodes[0].bytes = 32 << 30 - 12345
    #expect(HardwareClass(topology) == class1)
    #expect(class1.memoryGiB == 32)
  }

  @Test("the id is readable: name, design, counts, last cache, digest")
  func readable() throws {
    let id = HardwareClass(try Topology.xml(path: SharedData.fixture("this-box.xml"))).id
    #expect(id.hasPrefix("amd-epyc-zen4-2c1t-l3x32m-"))
    #expect(id.split(separator: "-").last?.count == 8)
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
    #expect(id.allSatisfy(allowed.contains))
  }

  @Test("a class survives JSON")
  func json() throws {
    let topology = try Topology.xml(path: SharedData.fixture("two-tiers.xml"))
    let hardware = HardwareClass(topology)
    let data = try JSONEncoder().encode(hardware)
    #expect(try JSONDecoder().decode(HardwareClass.self, from: data) == hardware)
    let whole = try JSONEncoder().encode(topology)
    #expect(try JSONDecoder().decode(Topology.self, from: whole) == topology)
  }
}
