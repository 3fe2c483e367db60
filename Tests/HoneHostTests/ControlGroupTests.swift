// ControlGroupTests.swift: quotas and memory limits are found in both versions of control groups.

import HoneHost
import Testing

@Suite("control groups")
struct ControlGroupTests {
  @Test("version 2: the tightest of the group and its parents counts")
  func unified() throws {
    let system = try FakeSystem([
      "proc/self/cgroup": "0::/user/job\n", "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
      "sys/fs/cgroup/user/job/cpu.max": "max 100000\n",
      "sys/fs/cgroup/user/cpu.max": "250000 100000\n",
      "sys/fs/cgroup/user/job/memory.max": "1073741824\n",
      "sys/fs/cgroup/user/memory.max": "max\n",
      "sys/fs/cgroup/user/cpu.stat": "usage_usec 5\nnr_periods 9\nnr_throttled 7\n",
    ])
    let limits = ControlGroupLimits(files: system.files)
    #expect(
      limits
        == ControlGroupLimits(
          cpus: 2.5, memoryBytes: 1 << 30, version: 2, throttledPeriods: 7))
  }

  @Test("version 1: quota over period, and the kernel's word for unlimited")
  func version1() throws {
    let system = try FakeSystem([
      "proc/self/cgroup": "4:memory:/a\n1:cpu,cpuacct:/a\n0::/\n",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "150000\n",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "4294967296\n",
    ])
    let limits = ControlGroupLimits(files: system.files)
    #expect(limits == ControlGroupLimits(cpus: 1.5, memoryBytes: 4 << 30, version: 1))
  }

  @Test("inside a container the path of the group may not exist; its root counts then")
  func container() throws {
    let system = try FakeSystem([
      "proc/self/cgroup": "0::/kubepods/pod1\n", "sys/fs/cgroup/cgroup.controllers": "cpu\n",
      "sys/fs/cgroup/cpu.max": "50000 100000\n",
    ])
    #expect(ControlGroupLimits(files: system.files).cpus == 0.5)
  }

  @Test(
    "nonsense in these files is no limit",
    arguments: ["", "max", "0 0", "a b", "-5 100000", "100 0", "9".padded(400)])
  func nonsense(_ text: String) throws {
    let system = try FakeSystem([
      "proc/self/cgroup": "0::/\n\nx\n:::\n", "sys/fs/cgroup/cpu.max": text,
      "sys/fs/cgroup/memory.max": text,
    ])
    let limits = ControlGroupLimits(files: system.files)
    #expect(limits.cpus.map { $0.isFinite && $0 > 0 } ?? true)
    #expect(limits.memoryBytes == nil)
  }

  @Test("without any control group nothing is limited")
  func absent() throws {
    #expect(ControlGroupLimits(files: try FakeSystem([:]).files) == ControlGroupLimits())
  }
}

extension String {
  fileprivate func padded(_ count: Int) -> String { String(repeating: self, count: count) }
}
