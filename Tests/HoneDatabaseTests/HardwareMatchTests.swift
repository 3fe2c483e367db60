// HardwareMatchTests.swift: which machines are near each other, and what differs.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct HardwareMatchTests {
  /// As HoneHost describes a machine.
  private func hardware(
    isa: String = "x86v3", l3: Int = 32 << 20, coresPerL3: Int = 8, nodes: Int = 1,
    memory: Int = 64, microcode: String = "0x1"
  ) -> JSONValue {
    let cache = { (name: String, bytes: Int, cores: Int) in
      JSONValue.object([
        "name": .string(name), "bytes": .integer(bytes), "cores": .integer(cores),
        "instances": .integer(1),
      ])
    }
    return .object([
      "version": .integer(1), "vendor": .string("amd"), "model": .string("AMD EPYC"),
      "instructionSet": .string(isa), "extensions": .array([.string("vnni")]),
      "caches": .array([
        cache("L1d", 32 << 10, 1), cache("L2", 1 << 20, 1), cache("L3", l3, coresPerL3),
      ]),
      "nodes": .integer(nodes), "cores": .integer(8), "threadsPerCore": .integer(2),
      "memoryGiB": .integer(memory), "kinds": .array([]), "memoryTiers": .array([]),
      "system": .object(["microcode": .string(microcode)]),
    ])
  }

  @Test("the same machine is at distance 0, nothing known at 1, and distance is symmetric")
  func ends() {
    #expect(HardwareMatch(hardware(), hardware()).distance == 0)
    #expect(HardwareMatch(hardware(), hardware()).differs.isEmpty)
    #expect(HardwareMatch(nil, hardware()).distance == 1)
    let far = hardware(isa: "x86v4", l3: 1 << 20, nodes: 8)
    let (one, other) = (HardwareMatch(hardware(), far), HardwareMatch(far, hardware()))
    #expect(abs(one.distance - other.distance) < 1e-12 && one.distance > 0.2)
  }

  @Test("what decides which configuration wins weighs more than what hardly does")
  func weights() {
    let distance = { HardwareMatch(self.hardware(), $0).distance }
    #expect(distance(hardware(isa: "x86v4")) > distance(hardware(l3: 8 << 20)))
    #expect(distance(hardware(l3: 8 << 20)) > distance(hardware(memory: 16)))
    #expect(distance(hardware(l3: 8 << 20)) > distance(hardware(l3: 16 << 20)))
    #expect(distance(hardware(memory: 16)) > 0)
    #expect(distance(hardware(coresPerL3: 2)) > distance(hardware(microcode: "0x2")))
  }

  @Test("what differs is said, the heaviest first")
  func words() {
    let other = hardware(isa: "x86v4", memory: 16, microcode: "0x2")
    #expect(
      HardwareMatch(hardware(), other).differs == [
        "instruction set: x86v4 instead of x86v3", "microcode: 0x2 instead of 0x1",
        "memory GiB: 16 instead of 64",
      ])
  }

  @Test("a fact that one of the two does not say is left out")
  func unknown() {
    let bare = hardware().setting("system", to: nil).setting("instructionSet", to: nil)
    #expect(HardwareMatch(hardware(isa: "x86v4"), bare).distance == 0)
  }
}
