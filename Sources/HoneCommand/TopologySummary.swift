// TopologySummary.swift: a machine in 10 to 25 lines that a person takes in at a glance.

internal import HoneHost
internal import HoneReport

/// Lines of a label and a value, aligned.
struct TopologySummary {
  var topology: Topology

  /// One row a line group: label, and its values (one line each; none leaves the label out).
  private var rows: [(label: String, values: [String])] {
    [
      ("Machine", [machine]), ("CPU", cpu), ("Layout", [layout]), ("Kinds", kinds),
      ("Caches", caches), ("Memory", memory), ("Distances", distances),
      ("Bandwidth", attribute("Bandwidth")), ("Latency", attribute("Latency")),
      ("Attributes", otherAttributes), ("Pages", pages), ("Instructions", instructions),
      ("Limits", limits), ("Power", power), ("Placements", placements),
      ("Class", [HardwareClass(topology).id]), ("Notes", topology.notes), ("Warnings", warnings),
    ]
  }

  func text() -> String {
    let shown = rows.filter { !$0.values.isEmpty }
    let width = shown.map(\.label.count).max() ?? 0
    return shown.flatMap { row in
      row.values.enumerated().map { index, value in
        let label = index == 0 ? row.label : ""
        return label + String(repeating: " ", count: width - label.count + 2) + value + "\n"
      }
    }.joined()
  }

  /// "1 core", "2 cores".
  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private func joined(_ parts: [String?]) -> [String] {
    let present = parts.compactMap { $0 }
    return present.isEmpty ? [] : [present.joined(separator: ", ")]
  }
}

// MARK: - Processor

extension TopologySummary {
  private var machine: String {
    let kernel = topology.system?.kernel.map { ", Linux \($0)" } ?? ""
    let guest =
      ["none": "", nil: ""][topology.processor.hypervisor]
      ?? ", guest of \(topology.processor.hypervisor ?? "")"
    return topology.source.description + kernel + guest
  }

  private var cpu: [String] {
    let processor = topology.processor
    let numbers = [
      ("family", processor.family), ("model", processor.modelNumber),
      ("stepping", processor.stepping),
    ].compactMap { name, value in value.map { "\(name) \($0)" } }
    let name = processor.model ?? processor.architecture ?? "unknown"
    let details =
      [processor.vendor, processor.microarchitecture] + numbers
      + [processor.microcode.map { "microcode \($0)" }]
    return [([name] + joined(details)).joined(separator: "  ")]
  }

  private var layout: String {
    let threads = topology.threadsPerCore
    return [
      topology.packages.isEmpty ? nil : count(topology.packages.count, "package"),
      topology.dies.count > topology.packages.count ? count(topology.dies.count, "die") : nil,
      groups, count(topology.nodes.count, "NUMA node"), count(topology.cores.count, "core"),
      threads > 1 ? "SMT \(threads)" : "no SMT", count(topology.online.count, "CPU"),
    ].compactMap { $0 }.joined(separator: " · ")
  }

  private var groups: String? {
    let names = Set(topology.groups.map(\.name)).sorted()
    let texts = names.map { name in
      count(topology.groups.count { $0.name == name }, name.lowercased())
    }
    return texts.isEmpty ? nil : texts.joined(separator: " · ")
  }

  private var kinds: [String] {
    topology.kinds.enumerated().reversed().map { index, kind in
      let cores = topology.cores.count { $0.kind == index }
      let facts = [
        kind.coreType, kind.maximumMHz.map { "up to \($0) MHz" },
        kind.capacity.map { "capacity \($0)" },
      ].compactMap { $0 }
      let detail = facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
      return "\(count(cores, "core")) \(kind.name)\(detail): CPUs \(kind.cpus)"
    }
  }

  private var instructions: [String] {
    let processor = topology.processor
    guard processor.features != nil else { return ["unknown: not in the file"] }
    let sets = processor.instructionSets.joined(separator: " ")
    let extras = processor.extraFeatures.joined(separator: " ")
    return [
      (sets.isEmpty ? "no kernel build of Hone runs here" : sets)
        + (extras.isEmpty ? "" : "  + \(extras)")
    ]
  }
}

// MARK: - Caches and memory

extension TopologySummary {
  private var caches: [String] {
    topology.caches.map { cache in
      let sharing =
        cache.coresPerInstance > 1 ? "each shared by \(cache.coresPerInstance) cores" : "one a core"
      let line = cache.lineBytes > 0 ? ", line \(cache.lineBytes) B" : ""
      let ways = cache.ways == 1 ? ", direct-mapped" : cache.ways > 1 ? ", \(cache.ways) ways" : ""
      return
        "\(cache.name) \(Scaled.bytes(cache.bytes)) × \(cache.instances.count), \(sharing)\(line)\(ways)"
    }
  }

  /// Nodes that are alike share a line.
  private var memory: [String] {
    var order: [String] = []
    var numbers: [String: [Int]] = [:]
    for node in topology.nodes {
      let size = node.bytes > 0 ? Scaled.bytes(rounded(node.bytes)) : "unknown size"
      let name = node.subtype ?? (node.tier == .unknown ? nil : node.tier.rawValue)
      let near = node.isMemoryOnly ? "memory only" : "near \(count(coreCount(node), "core"))"
      let text = ([size, name].compactMap { $0 }.joined(separator: " ")) + ", \(near)"
      if numbers[text] == nil { order.append(text) }
      numbers[text, default: []].append(node.number)
    }
    let lines = order.map { text in
      let nodes = numbers[text] ?? []
      return nodes.count == 1
        ? "node \(nodes[0]): \(text)" : "nodes \(CPUSet(nodes)): \(nodes.count) × \(text)"
    }
    guard topology.memoryBytes > 0 else { return lines }
    return ["\(Scaled.bytes(topology.memoryBytes)) in all"] + lines
  }

  /// To whole GiB from 16 GiB on and to tenths below, so that nodes of one size share a line.
  private func rounded(_ bytes: Int) -> Int {
    let gibibyte = Double(1 << 30)
    let unit = bytes < 16 << 30 ? gibibyte / 10 : gibibyte
    return Int((Double(bytes) / unit).rounded() * unit)
  }

  private func coreCount(_ node: MemoryNode) -> Int {
    topology.cores.count { $0.cpus.contains(where: node.cpus.contains) }
  }

  private var distances: [String] {
    topology.distances.filter { $0.indices.count > 1 }.map { matrix in
      let size = matrix.indices.count
      let local = (0..<size).map { matrix.values[$0 * size + $0] }
      let remote = matrix.values.indices.filter { $0 / size != $0 % size }.map { matrix.values[$0] }
      let name = matrix.name.isEmpty ? matrix.meaning : matrix.name
      return "\(matrix.objects) \(name): own \(range(local)), other \(range(remote))"
    }
  }

  private func range(_ values: [UInt64]) -> String {
    guard let low = values.min(), let high = values.max() else { return "none" }
    return low == high ? "\(low)" : "\(low)–\(high)"
  }

  /// By tier, as seen from the near CPUs.
  private func attribute(_ name: String) -> [String] {
    guard let attribute = topology.memoryAttributes.first(where: { $0.name == name }) else {
      return []
    }
    return joined(
      MemoryTier.allCases.map { tier in
        let nodes = Set(topology.nodes.filter { $0.tier == tier }.map(\.number))
        let values = attribute.values.filter { nodes.contains($0.node) }.map(\.value)
        guard !values.isEmpty else { return nil }
        let label = tier == .unknown ? "" : "\(tier.rawValue) "
        return "\(label)\(range(values)) \(attribute.unit)"
      })
  }

  private var otherAttributes: [String] {
    let known: Set<String> = ["Capacity", "Bandwidth", "Latency"]
    return joined(
      topology.memoryAttributes.filter { !known.contains($0.name) }.map {
        "\($0.name) \(range($0.values.map(\.value)))" + ($0.unit.isEmpty ? "" : " \($0.unit)")
      })
  }

  private var pages: [String] {
    guard let system = topology.system else { return [] }
    let pools = system.hugePages.filter { $0.count > 0 }.map {
      "\($0.count) of \(Scaled.bytes($0.pageBytes)) reserved (\($0.free ?? 0) free)"
    }
    return joined(
      [
        "\(Scaled.bytes(system.pageBytes))",
        "transparent huge pages \(system.transparentHugePages ?? "absent")",
      ]
        + pools)
  }
}

// MARK: - State

extension TopologySummary {
  private var limits: [String] {
    let isPartial = topology.usable != topology.online
    let group = topology.system?.controlGroup
    let parts = [
      isPartial ? "CPUs \(topology.usable) usable" : "all CPUs usable",
      group?.cpus.map { "CPU quota \(Scaled.decimals($0, 1))" }
        ?? (group == nil ? nil : "no CPU quota"),
      group?.memoryBytes.map { "memory limit \(Scaled.bytes($0))" },
    ]
    return joined(parts).map { "\($0): \(count(topology.facts.cores, "core")) to tune for" }
  }

  private var power: [String] {
    guard let system = topology.system else { return [] }
    return joined([
      "governor \(system.governor ?? "not visible")",
      system.boost.map { "boost \($0 ? "on" : "off")" },
      system.clockSource.map { "clock \($0)" },
      system.numaBalancing.map { "NUMA balancing \($0 ? "on" : "off")" },
    ])
  }

  private var placements: [String] {
    [Placement.names(for: topology).joined(separator: " ")]
  }

  private var warnings: [String] {
    topology.disagreements.map { "\($0.subject): \($0.detail). \($0.consequence)" }
  }
}
