// QuietnessTests.swift: each check says OK, WARN and BAD where it should, on machines made of files.

import Testing

@testable import HoneHost

@Suite("quietness")
struct QuietnessTests {
  private func evidence(
    _ content: [String: String] = [:], machine: String = "pack:1 l3:1 core:4 pu:2",
    change: (inout QuietnessEvidence) -> Void = { _ in }
  ) throws -> Quietness {
    let system = try FakeSystem(content)
    var topology = try Topology.synthetic(machine)
    topology.readSystem(system.files, isThisMachine: false)
    var evidence = QuietnessEvidence(topology: topology, files: system.files)
    change(&evidence)
    return Quietness(evidence: evidence)
  }

  private func grade(_ check: String, _ quietness: Quietness) -> Quietness.Grade? {
    quietness.findings.first { $0.check == check }?.grade
  }

  @Test(
    "files of the kernel are judged",
    arguments: [
      ("governor", "sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "performance", "OK"),
      ("governor", "sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave", "WARN"),
      ("load", "proc/loadavg", "0.10 0 0 1/9 9", "OK"),
      ("load", "proc/loadavg", "5.00 0 0 1/9 9", "WARN"),
      ("load", "proc/loadavg", "9.00 0 0 1/9 9", "BAD"),
      ("CPU pressure", "proc/pressure/cpu", "some avg10=0.50 avg60=0", "OK"),
      ("CPU pressure", "proc/pressure/cpu", "some avg10=5.50 avg60=0", "WARN"),
      ("CPU pressure", "proc/pressure/cpu", "some avg10=55.0 avg60=0", "BAD"),
      (
        "transparent huge pages", "sys/kernel/mm/transparent_hugepage/enabled", "[always] never",
        "OK"
      ),
      (
        "transparent huge pages", "sys/kernel/mm/transparent_hugepage/enabled", "always [never]",
        "WARN"
      ),
      (
        "clock source", "sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc",
        "OK"
      ),
      (
        "clock source", "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet",
        "BAD"
      ),
      ("free memory", "proc/meminfo", "MemAvailable: 5000 kB", "WARN"),
      ("hypervisor", "sys/class/dmi/id/product_name", "VMware7,1", "WARN"),
    ])
  func files(_ check: String, _ path: String, _ text: String, _ expected: String) throws {
    let quietness = try evidence([path: text + "\n"])
    #expect(grade(check, quietness)?.rawValue == expected)
  }

  @Test("a quota below the usable CPUs warns, and throttling is bad")
  func quota() throws {
    let quietness = try evidence([
      "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n",
    ]) { $0.throttledPeriods = 3 }
    #expect(grade("CPU quota", quietness) == .warn)
    #expect(grade("quota throttling", quietness) == .bad)
    #expect(quietness.grade == .bad)
  }

  @Test("steal, neighbours, drift and switches are graded by their size")
  func observations() throws {
    func window(busy: Int = 0, steal: Int = 0) -> CPUWindow {
      let before = [0: CPUTimes(busy: 0, steal: 0, total: 0)]
      let after = [0: CPUTimes(busy: busy, steal: steal, total: 1000)]
      return CPUWindow(from: before, to: after, on: CPUSet([0]))
    }
    let noisy = try evidence {
      $0.whole = window(steal: 100)
      $0.idle = window(busy: 100)
      $0.spins = (0..<100).map { 0.002 * ($0 % 2 == 0 ? 1 : 1.05) }
      $0.involuntarySwitches = 50
    }
    #expect(grade("steal", noisy) == .bad)
    #expect(grade("busy neighbours", noisy) == .warn)
    #expect(grade("frequency drift", noisy) == .warn)
    #expect(grade("involuntary switches", noisy) == .bad)
    let calm = try evidence {
      $0.whole = window(steal: 1)
      $0.idle = window(busy: 10)
      $0.spins = [Double](repeating: 0.002, count: 100)
    }
    #expect(calm.findings.filter { $0.grade != .ok }.map(\.check) == ["transparent huge pages"])
    #expect(calm.digest == "WARN transparent huge pages not available")
  }

  @Test("the lines of /proc/stat are read by CPU, and lines that are none are not")
  func procStat() {
    let times = CPUTimes.all(
      "cpu  9 9 9 9\ncpu0 10 1 5 100 4 2 3 7 50 0\ncpu12 1 2 3 4\ncpu3 x\nintr 5\n")
    #expect(times[0] == CPUTimes(busy: 21, steal: 7, total: 132))
    #expect(times[12] == CPUTimes(busy: 6, steal: 0, total: 10))
    #expect(times.count == 2)
  }

  @Test(
    "a look at this machine finds every check that applies, and its digest names what is not OK")
  func thisMachine() throws {
    let quietness = Quietness.inspect(try Topology.live(), seconds: 0.2)
    #expect(quietness.findings.count >= 15)
    #expect(Set(quietness.findings.map(\.check)).count == quietness.findings.count)
    for finding in quietness.findings where finding.grade != .ok {
      #expect(!finding.advice.isEmpty, "\(finding.check)")
      #expect(quietness.digest.contains(finding.check))
    }
    #expect(!quietness.digest.contains("\n"))
  }
}
