// Quietness+Checks.swift: the table of checks: what is looked at, when it is bad, what to do.

/// One row of the table. `judge` returns nil where the check does not apply to the machine.
struct QuietnessCheck: Sendable {
  struct Judgement {
    var value: String
    var grade: Quietness.Grade
    var advice = ""

    init(_ value: String, _ grade: Quietness.Grade = .ok, _ advice: String = "") {
      self.value = value
      self.grade = grade
      self.advice = advice
    }
  }

  var name: String
  var judge: @Sendable (QuietnessEvidence) -> Judgement?

  init(_ name: String, _ judge: @escaping @Sendable (QuietnessEvidence) -> Judgement?) {
    self.name = name
    self.judge = judge
  }
}

extension Quietness {
  static let checks: [QuietnessCheck] =
    frequencyChecks + neighbourChecks + limitChecks + memoryChecks + clockChecks

  typealias Judgement = QuietnessCheck.Judgement

  /// OK below `warn`, WARN below `bad`, BAD from there on.
  static func grade(_ value: Double, warn: Double, bad: Double) -> Grade {
    value < warn ? .ok : value < bad ? .warn : .bad
  }

  /// "1.3 %".
  static func percent(_ share: Double) -> String {
    let tenths = (share * 1000).rounded() / 10
    return "\(tenths) %"
  }
}

// MARK: - Frequency

extension Quietness {
  private static let frequencyChecks = [
    QuietnessCheck("governor") { evidence in
      let isVirtual = evidence.topology.processor.isVirtual == true
      guard let governor = evidence.topology.system?.governor else {
        return Judgement(isVirtual ? "set by the hypervisor" : "not readable")
      }
      if governor == "performance" { return Judgement(governor) }
      return Judgement(
        governor, .warn, "Run `cpupower frequency-set -g performance` as root while measuring.")
    },
    QuietnessCheck("boost") { evidence in
      guard let boost = evidence.topology.system?.boost else { return Judgement("not readable") }
      return Judgement(
        boost ? "on" : "off", .ok,
        boost
          ? "On is what production sees; turn it off for steadier numbers, and never compare the two."
          : "")
    },
    QuietnessCheck("frequency drift") { evidence in
      guard let drift = evidence.drift else { return nil }
      let result = grade(drift, warn: 0.02, bad: 0.10)
      return Judgement(
        percent(drift), result,
        result == .ok
          ? ""
          : "The clock or a neighbour changes: stop other work, fix the governor, measure longer.")
    },
    QuietnessCheck("thermal throttling") { evidence in
      evidence.thermalEvents > 0
        ? Judgement(
          "\(evidence.thermalEvents) events", .bad, "Cool the machine or lower its power limit.")
        : Judgement("none")
    },
  ]
}

// MARK: - Neighbours

extension Quietness {
  private static let quietAdvice = "Stop other work on these CPUs, or keep it away with a cpuset."

  private static let neighbourChecks = [
    QuietnessCheck("steal") { evidence in
      guard let share = evidence.whole.stealShare else { return nil }
      let result = grade(share, warn: 0.005, bad: 0.05)
      return Judgement(
        percent(share), result,
        result == .ok
          ? "" : "The hypervisor gives the CPUs to others: use a dedicated host, or measure longer."
      )
    },
    QuietnessCheck("busy neighbours") { evidence in
      guard let share = evidence.idle.busyShare else { return nil }
      let result = grade(share, warn: 0.05, bad: 0.25)
      return Judgement(percent(share), result, result == .ok ? "" : quietAdvice)
    },
    QuietnessCheck("load") { evidence in
      guard let load = evidence.files.line("proc/loadavg")?.split(separator: " ").first,
        let value = Double(load)
      else { return nil }
      let perCPU = value / Double(max(1, evidence.topology.usable.count))
      let result = grade(perCPU, warn: 0.5, bad: 1.0)
      return Judgement(String(load), result, result == .ok ? "" : quietAdvice)
    },
    QuietnessCheck("CPU pressure") { evidence in
      guard let value = pressure(evidence.files.line("proc/pressure/cpu")) else { return nil }
      let result = grade(value, warn: 1, bad: 10)
      return Judgement(
        "\(value) %", result, result == .ok ? "" : "Tasks wait for CPUs. \(quietAdvice)")
    },
    QuietnessCheck("involuntary switches") { evidence in
      let seconds = evidence.spins.reduce(0, +)
      guard seconds > 0 else { return nil }
      let perSecond = Double(evidence.involuntarySwitches) / seconds
      let result = grade(perSecond, warn: 20, bad: 200)
      return Judgement(
        "\(Int(perSecond.rounded())) per s", result, result == .ok ? "" : quietAdvice)
    },
    QuietnessCheck("SMT") { evidence in
      guard evidence.topology.threadsPerCore > 1 else {
        return Judgement(
          evidence.topology.processor.isVirtual == true ? "none shown by the hypervisor" : "off")
      }
      return Judgement(
        "\(evidence.topology.threadsPerCore) threads a core", .ok,
        "Hone uses one thread a core first; keep the siblings idle.")
    },
    QuietnessCheck("hypervisor") { evidence in
      guard let name = evidence.topology.processor.hypervisor else { return nil }
      return name == "none"
        ? Judgement(name)
        : Judgement(
          name, .warn,
          "Other guests are invisible from here: interleave, repeat, trust intervals only.")
    },
  ]

  /// The share of the last ten seconds in which some task waited, in percent.
  static func pressure(_ line: String?) -> Double? {
    let field = line?.split(separator: " ").first { $0.hasPrefix("avg10=") }
    return field.flatMap { Double($0.dropFirst(6)) }
  }
}

// MARK: - Limits

extension Quietness {
  private static let limitChecks = [
    QuietnessCheck("CPU quota") { evidence in
      let usable = evidence.topology.usable.count
      guard let quota = evidence.topology.system?.controlGroup.cpus else {
        return Judgement("none")
      }
      return quota < Double(usable)
        ? Judgement(
          "\(quota) of \(usable) CPUs", .warn,
          "More threads than the quota are stopped in the middle: raise it or tune for fewer cores."
        )
        : Judgement("\(quota) CPUs")
    },
    QuietnessCheck("quota throttling") { evidence in
      evidence.throttledPeriods > 0
        ? Judgement(
          "\(evidence.throttledPeriods) periods", .bad,
          "The quota is used up: raise cpu.max of the control group.")
        : Judgement("none")
    },
    QuietnessCheck("instruction sets") { _ in
      guard let limit = InstructionFeatures.limit else { return nil }
      guard InstructionFeatures.levels.contains(where: { $0.name == limit }) else {
        let names = InstructionFeatures.levels.map(\.name).joined(separator: ", ")
        return Judgement(
          "HONE_MAX_ISA=\(limit) is none and limits nothing", .bad, "Set it to one of \(names).")
      }
      return Judgement(
        "none beyond \(limit), by HONE_MAX_ISA", .warn,
        "Results are those of a CPU without what is newer: unset it to use the whole CPU.")
    },
    QuietnessCheck("affinity") { evidence in
      let topology = evidence.topology
      let missing = topology.online.subtracting(topology.usable)
      return missing.isEmpty
        ? Judgement("all \(topology.online.count) CPUs")
        : Judgement(
          "\(topology.usable.count) of \(topology.online.count) CPUs", .ok,
          "Only CPUs \(topology.usable) are used; others on the machine share its caches and memory."
        )
    },
  ]
}

// MARK: - Memory

extension Quietness {
  private static let memoryChecks = [
    QuietnessCheck("transparent huge pages") { evidence in
      guard let state = evidence.topology.system?.transparentHugePages else {
        return Judgement("not available", .warn, "Use a kernel with transparent huge pages.")
      }
      return state == "never"
        ? Judgement(
          state, .warn,
          "Run `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` as root: page misses cost up to half of the speed."
        )
        : Judgement(state)
    },
    QuietnessCheck("reserved huge pages") { evidence in
      guard let pools = evidence.topology.system?.hugePages, !pools.isEmpty else { return nil }
      let texts = pools.map { pool in
        "\(pool.free ?? 0) of \(pool.count) free (\(pool.pageBytes >> 20) MiB)"
      }
      return Judgement(pools.allSatisfy { $0.count == 0 } ? "none" : texts.joined(separator: ", "))
    },
    QuietnessCheck("NUMA balancing") { evidence in
      guard evidence.topology.nodes.count > 1 else { return Judgement("one node") }
      return evidence.topology.system?.numaBalancing == true
        ? Judgement(
          "on", .warn,
          "Run `echo 0 > /proc/sys/kernel/numa_balancing` as root: the kernel moves pages while we measure."
        )
        : Judgement("off")
    },
    QuietnessCheck("free memory") { evidence in
      guard let free = evidence.files.kilobytes("MemAvailable", in: "proc/meminfo") else {
        return nil
      }
      let text = "\(free >> 20) MiB"
      return free < 1 << 30
        ? Judgement(text, .warn, "Under 1 GiB: large problems will swap or be killed.")
        : Judgement(text)
    },
  ]
}

// MARK: - Clocks and counters

extension Quietness {
  private static let clockSources: [String: Grade] = [
    "tsc": .ok, "arch_sys_counter": .ok, "timebase": .ok, "stp": .ok, "kvm-clock": .warn,
    "hyperv_clocksource_tsc_page": .warn, "xen": .warn, "hpet": .bad, "acpi_pm": .bad,
    "jiffies": .bad,
  ]

  private static let clockChecks = [
    QuietnessCheck("clock source") { evidence in
      guard let source = evidence.topology.system?.clockSource else { return nil }
      let result = clockSources[source] ?? .warn
      return Judgement(
        source, result,
        result == .ok ? "" : "Boot with clocksource=tsc where the CPU has an invariant one.")
    },
    QuietnessCheck("clock step") { evidence in
      guard evidence.clockStep > 0 else { return nil }
      let result = grade(evidence.clockStep, warn: 1e-6, bad: 1e-4)
      return Judgement(
        "\(Int((evidence.clockStep * 1e9).rounded())) ns", result,
        result == .ok ? "" : "Short kernels cannot be timed; use longer batches.")
    },
    QuietnessCheck("performance counters") { evidence in
      let devices = evidence.files.names(in: "sys/bus/event_source/devices")
      guard devices.contains(where: { $0.hasPrefix("cpu") || $0.hasPrefix("armv8") }) else {
        return Judgement(
          "no hardware counters here", .ok, "Cycles and cache misses cannot be shown.")
      }
      let paranoia = evidence.files.integer("proc/sys/kernel/perf_event_paranoid") ?? 2
      return paranoia > 2
        ? Judgement(
          "forbidden", .ok,
          "Run `sysctl kernel.perf_event_paranoid=2` as root to see cycles and cache misses.")
        : Judgement("available")
    },
  ]
}
