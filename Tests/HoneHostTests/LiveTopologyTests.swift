// LiveTopologyTests.swift: this machine, described by hwloc, the kernel and files that pretend to be a kernel.

import Testing

@testable import HoneHost

@Suite("live topology")
struct LiveTopologyTests {
  @Test("this machine has cores, memory and facts that fit together")
  func thisMachine() throws {
    let topology = try Topology.live()
    let facts = topology.facts
    #expect(topology.source.kind == .live)
    #expect(!topology.cores.isEmpty)
    #expect(topology.memoryBytes > 0)
    #expect(facts.cores >= 1 && facts.cores <= topology.cores.count)
    #expect(topology.usable.isSubset(of: topology.online))
    #expect(topology.online.isSubset(of: topology.complete))
    #expect(!facts.instructionSets.isEmpty)
    #expect(facts.placements["compact"]?.count == topology.usable.count)
  }

  private func live(_ content: [String: String], _ machine: String = "pack:1 l3:1 core:4 pu:2")
    throws
    -> Topology
  {
    let system = try FakeSystem(content)
    var topology = try Topology.synthetic(machine)
    topology.readSystem(system.files, isThisMachine: false)
    return topology
  }

  @Test("what a kernel says in its files arrives in the topology")
  func fakeKernel() throws {
    let topology = try live([
      "proc/cpuinfo":
        "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Intel(R) Xeon(R)  Test\nstepping\t: 8\nmicrocode\t: 0x2b\nflags\t\t: fpu hypervisor\n",
      "proc/meminfo": "MemTotal:       24684084 kB\n",
      "proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-3\n",
      "proc/sys/kernel/osrelease": "6.1.0-test\n",
      "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
      "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "10\n",
      "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages": "4\n",
      "sys/kernel/mm/hugepages/nonsense/nr_hugepages": "10\n",
      "sys/devices/system/cpu/cpufreq/policy0/scaling_governor": "performance\n",
      "sys/devices/system/cpu/cpufreq/policy1/scaling_governor": "powersave\n",
      "sys/devices/system/cpu/intel_pstate/no_turbo": "1\n",
      "sys/devices/system/cpu/smt/active": "1\n", "proc/sys/kernel/numa_balancing": "1\n",
      "sys/devices/system/clocksource/clocksource0/current_clocksource": "kvm-clock\n",
      "sys/class/dmi/id/sys_vendor": "QEMU\n",
    ])
    let system = try #require(topology.system)
    #expect(topology.processor.microarchitecture == "sapphirerapids")
    #expect(topology.processor.model == "Intel(R) Xeon(R) Test")
    #expect(topology.processor.microcode == "0x2b")
    #expect(topology.processor.hypervisor == "QEMU")
    #expect(topology.kernelMemoryBytes == 24_684_084 << 10)
    #expect(topology.usable == CPUSet([0, 1, 2, 3]))
    #expect(topology.facts.cores == 2)
    #expect(system.kernel == "6.1.0-test")
    #expect(system.transparentHugePages == "madvise")
    #expect(system.hugePages == [PagePool(pageBytes: 2 << 20, count: 10, free: 4)])
    #expect(system.governor == "performance,powersave")
    #expect(system.boost == false)
    #expect(system.isSMTActive == true)
    #expect(system.numaBalancing == true)
    #expect(system.clockSource == "kvm-clock")
  }

  @Test("a kernel that says nothing leaves everything open")
  func silentKernel() throws {
    let topology = try live([:])
    #expect(topology.processor.hypervisor == "none")
    #expect(topology.system?.governor == nil)
    #expect(topology.system?.affinity == nil)
    #expect(topology.usable == topology.online)
    #expect(topology.facts.cores == 4)
  }

  @Test(
    "a quota is rounded up to cores, and never below one",
    arguments: [(0.2, 1), (1.0, 1), (2.5, 3), (99, 4)])
  func quota(_ cpus: Double, _ cores: Int) throws {
    let topology = try live([
      "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "\(Int(cpus * 100_000)) 100000\n",
    ])
    #expect(topology.facts.cores == cores)
  }

  @Test("facts that contradict each other are reported with both numbers")
  func disagreements() throws {
    let topology = try live([
      "proc/meminfo": "MemTotal: 24684084 kB\n", "proc/self/status": "Cpus_allowed_list:\t0-5\n",
      "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/memory.max": "1048576\n", "sys/devices/system/cpu/smt/active": "0\n",
    ])
    let found = Dictionary(grouping: topology.disagreements, by: \.subject)
    #expect(Set(found.keys) == ["memory", "quota", "affinity", "memory limit", "SMT"])
    #expect(found["memory"]?.first?.detail.contains("23.5 GiB") == true)
    #expect(topology.facts.memoryBytes == 1 << 20)
    #expect(found["quota"]?.first?.detail == "6 CPUs are usable, the quota pays for 1.5")
    #expect(found["affinity"]?.first?.detail.contains("bound to 0-5") == true)
  }

  @Test("a machine whose facts agree has nothing to report")
  func agreement() throws {
    #expect(try Topology.synthetic("pack:1 l3:1 core:4 pu:2").disagreements.isEmpty)
  }
}
