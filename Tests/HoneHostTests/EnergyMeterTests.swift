// EnergyMeterTests.swift: RAPL on a tree of files: which zones count, wrap-around, idle power, and why there is no meter.

import FoundationEssentials
import Glibc
import Testing

@testable import HoneHost

@Suite("energy meter")
struct EnergyMeterTests {
  /// Two packages with cores inside, memory beside one of them, a platform zone, and the first package a second time.
  private static func machine() throws -> FakeSystem {
    var files: [String: String] = ["sys/class/powercap/intel-rapl/enabled": "1"]
    func add(_ zone: String, _ name: String, _ energy: Int, range: Int = 1_000_000) {
      files["sys/class/powercap/\(zone)/name"] = name
      files["sys/class/powercap/\(zone)/energy_uj"] = "\(energy)\n"
      files["sys/class/powercap/\(zone)/max_energy_range_uj"] = "\(range)"
    }
    add("intel-rapl:0", "package-0", 900_000)
    add("intel-rapl:0:0", "core", 5)
    add("intel-rapl:0:1", "dram", 100)
    add("intel-rapl:1", "package-1", 0)
    add("intel-rapl:2", "psys", 77)
    add("intel-rapl-mmio:0", "package-0", 900_000)
    return try FakeSystem(files)
  }

  @Test("packages and their memory count, each once; cores, platform and second views do not")
  func domains() throws {
    let system = try Self.machine()
    let meter = try EnergyMeter(files: system.files)
    #expect(meter.domains == ["package-0", "dram-0", "package-1"])
    #expect(meter.joules() == 0)
    for zone in ["intel-rapl:0:0", "intel-rapl:2", "intel-rapl-mmio:0"] {
      try system.write("999999", to: "sys/class/powercap/\(zone)/energy_uj")
    }
    #expect(meter.joules() == 0)
    try system.write("250100", to: "sys/class/powercap/intel-rapl:0:1/energy_uj")
    try system.write("500000", to: "sys/class/powercap/intel-rapl:1/energy_uj")
    #expect(abs(meter.joules() - 0.75) < 1e-9)
  }

  @Test("a counter that starts again is carried on, again and again")
  func wrapAround() throws {
    let system = try Self.machine()
    let meter = try EnergyMeter(files: system.files)
    var last = 0.0
    for energy in [999_999, 1, 600_000, 200_000, 199_999] {
      try system.write("\(energy)", to: "sys/class/powercap/intel-rapl:0/energy_uj")
      let now = meter.joules()
      #expect(now > last)
      last = now
    }
    // 0.1 J to the end, then three whole turns of 1 000 001 µJ less what was not reached yet.
    #expect(abs(last - (3 * 1.000_001 + 0.199_999 - 0.9)) < 1e-9)
    #expect(EnergyMeter.step(from: 10, to: 4, range: 12) == 7)
    #expect(EnergyMeter.step(from: 10, to: 4, range: 0) == 0)
  }

  @Test(
    "idle power is what the counters move while nothing runs; counters that stand still are none")
  func idle() throws {
    let system = try Self.machine()
    let meter = try EnergyMeter(files: system.files)
    let watts = try meter.idleWatts(seconds: 0.5) { seconds in
      try? system.write("950000", to: "sys/class/powercap/intel-rapl:0/energy_uj")
      return seconds
    }
    #expect(abs(watts - 0.1) < 1e-9)
    #expect {
      try meter.idleWatts(seconds: 0.5) { $0 }
    } throws: {
      "\($0)".contains("stand still")
    }
  }

  @Test("a machine without counters says so")
  func absent() throws {
    let system = try FakeSystem(["sys/class/powercap/README": ""])
    #expect {
      try EnergyMeter(files: system.files)
    } throws: {
      "\($0)".contains("no energy counters")
    }
  }

  @Test("counters that may not be read say who may")
  func forbidden() throws {
    let system = try Self.machine()
    // For root no mode forbids reading: a folder in the file's place cannot be read by anybody.
    let path = "\(system.root)/sys/class/powercap/intel-rapl:1/energy_uj"
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect {
      try EnergyMeter(files: system.files)
    } throws: {
      "\($0)".contains("intel-rapl:1/energy_uj cannot be read") && "\($0)".contains("root")
    }
  }
}
