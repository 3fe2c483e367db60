// Hwloc+Memory.swift: NUMA nodes, distances and memory attributes of an hwloc topology as values.

internal import CHwloc

extension HwlocTopology {
  func nodes() -> [MemoryNode] {
    let objects = objects(HWLOC_OBJ_NUMANODE)
    let allowed = allowedNodes
    let nodes = objects.map { object in
      let number = object.number ?? object.logicalIndex
      return MemoryNode(
        number: number, cpus: object.cpus, isMemoryOnly: false,
        bytes: Int(clamping: object.memory?.local_memory ?? 0), tier: Self.tier(of: object),
        subtype: object.subtype, pages: Self.pages(of: object),
        isAllowed: allowed.isEmpty || allowed.contains(number))
    }
    return Self.markingMemoryOnly(nodes, completeSets: objects.map(\.completeCPUs))
      .sorted { $0.number < $1.number }
  }

  /// hwloc gives a memory-only node the CPUs of the node it is attached to. Of nodes with the same CPUs, the one with
  /// DRAM (or no known tier), and then the lowest number, owns them. A node whose CPUs are merely not allowed here has them
  /// in its complete set.
  private static func markingMemoryOnly(
    _ nodes: [MemoryNode], completeSets: [CPUSet]
  ) -> [MemoryNode] {
    var owners: [CPUSet: MemoryNode] = [:]
    func rank(_ node: MemoryNode) -> (Int, Int) {
      (node.tier == .dram ? 0 : node.tier == .unknown ? 1 : 2, node.number)
    }
    for (node, set) in zip(nodes, completeSets) where !set.isEmpty {
      if let owner = owners[set], rank(owner) <= rank(node) { continue }
      owners[set] = node
    }
    return zip(nodes, completeSets).map { node, set in
      var marked = node
      marked.isMemoryOnly = owners[set]?.number != node.number
      return marked
    }
  }

  private static let tiers: [String: MemoryTier] = [
    "DRAM": .dram, "HBM": .hbm, "MCDRAM": .hbm, "NVM": .nvm, "SPM": .unknown,
    "CXL-DRAM": .cxl, "CXL": .cxl, "CXL-NVM": .nvm,
  ]

  private static func tier(of object: HwlocObject) -> MemoryTier {
    if let subtype = object.subtype, let tier = tiers[subtype] { return tier }
    if object.info("CXLDevice") != nil { return .cxl }
    return object.info("DAXType") == "NVM" ? .nvm : .unknown
  }

  private static func pages(of object: HwlocObject) -> [PagePool] {
    guard let memory = object.memory, let types = memory.page_types else { return [] }
    return (0..<Int(memory.page_types_len)).map {
      PagePool(
        pageBytes: Int(clamping: types[$0].size), count: Int(clamping: types[$0].count))
    }.filter { $0.pageBytes > 0 }
  }
}

// MARK: - Distances

extension HwlocTopology {
  func distances() -> [DistanceMatrix] {
    var count: UInt32 = 0
    guard hwloc_distances_get(handle, &count, nil, 0, 0) == 0, count > 0 else { return [] }
    var matrices = [UnsafeMutablePointer<hwloc_distances_s>?](repeating: nil, count: Int(count))
    guard hwloc_distances_get(handle, &count, &matrices, 0, 0) == 0 else { return [] }
    return matrices.prefix(Int(count)).compactMap { matrix -> DistanceMatrix? in
      guard let matrix else { return nil }
      defer { hwloc_distances_release(handle, matrix) }
      return distance(matrix)
    }
  }

  private static let meanings: [(bit: UInt32, name: String)] = [
    (HWLOC_DISTANCES_KIND_MEANS_LATENCY.rawValue, "latency"),
    (HWLOC_DISTANCES_KIND_MEANS_BANDWIDTH.rawValue, "bandwidth"),
  ]

  private func distance(_ matrix: UnsafeMutablePointer<hwloc_distances_s>) -> DistanceMatrix? {
    let count = Int(matrix.pointee.nbobjs)
    guard count > 0, let pointers = matrix.pointee.objs, let values = matrix.pointee.values else {
      return nil
    }
    let objects = (0..<count).compactMap { pointers[$0].map { HwlocObject(pointer: $0) } }
    guard objects.count == count, let first = objects.first else { return nil }
    let isNumbered = first.type == HWLOC_OBJ_NUMANODE || first.type == HWLOC_OBJ_PU
    let kind = UInt32(truncatingIfNeeded: matrix.pointee.kind)
    return DistanceMatrix(
      name: HwlocObject.text(hwloc_distances_get_name(handle, matrix)) ?? "",
      meaning: Self.meanings.first { kind & $0.bit != 0 }?.name ?? "unknown",
      objects: first.typeName,
      indices: objects.map { isNumbered ? $0.number ?? $0.logicalIndex : $0.logicalIndex },
      values: (0..<count * count).map { values[$0] })
  }
}

// MARK: - Memory attributes

extension HwlocTopology {
  /// All attributes that have values but Locality, which only counts CPUs.
  func memoryAttributes() -> [MemoryAttribute] {
    var attributes: [MemoryAttribute] = []
    var id: UInt32 = 0
    var name: UnsafePointer<CChar>?
    while id < 1024, hwloc_memattr_get_name(handle, id, &name) == 0 {
      if let text = HwlocObject.text(name), text != "Locality" {
        let values = self.values(of: id)
        if !values.isEmpty {
          attributes.append(
            MemoryAttribute(name: text, unit: Self.units[text] ?? "", values: values))
        }
      }
      id += 1
    }
    return attributes
  }

  private static let units = [
    "Capacity": "bytes", "Bandwidth": "MiB/s", "ReadBandwidth": "MiB/s", "WriteBandwidth": "MiB/s",
    "Latency": "ns", "ReadLatency": "ns", "WriteLatency": "ns",
  ]

  private func values(of id: UInt32) -> [MemoryAttribute.Value] {
    var flags: UInt = 0
    guard hwloc_memattr_get_flags(handle, id, &flags) == 0 else { return [] }
    let needsInitiator = UInt32(flags) & HWLOC_MEMATTR_FLAG_NEED_INITIATOR.rawValue != 0
    var values: [MemoryAttribute.Value] = []
    for node in objects(HWLOC_OBJ_NUMANODE) {
      let number = node.number ?? node.logicalIndex
      if needsInitiator {
        values += initiated(id, node, number)
      } else {
        var value: UInt64 = 0
        if hwloc_memattr_get_value(handle, id, node.pointer, nil, 0, &value) == 0 {
          values.append(MemoryAttribute.Value(node: number, value: value))
        }
      }
    }
    // hwloc 2.9 lists some values twice.
    var seen: Set<MemoryAttribute.Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  private func initiated(
    _ id: UInt32, _ node: HwlocObject, _ number: Int
  ) -> [MemoryAttribute.Value] {
    var count: UInt32 = 0
    guard hwloc_memattr_get_initiators(handle, id, node.pointer, 0, &count, nil, nil) == 0,
      count > 0
    else { return [] }
    var initiators = [hwloc_location](repeating: hwloc_location(), count: Int(count))
    var values = [UInt64](repeating: 0, count: Int(count))
    let code = hwloc_memattr_get_initiators(
      handle, id, node.pointer, 0, &count, &initiators, &values)
    guard code == 0 else { return [] }
    return zip(initiators, values).prefix(Int(count)).map { initiator, value in
      MemoryAttribute.Value(node: number, from: Self.cpus(of: initiator), value: value)
    }
  }

  private static func cpus(of location: hwloc_location) -> CPUSet? {
    if location.type == HWLOC_LOCATION_TYPE_CPUSET { return CPUSet(location.location.cpuset) }
    return location.location.object.map { HwlocObject(pointer: $0).cpus }
  }
}
