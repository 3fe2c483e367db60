// Hwloc+Parts.swift: packages, cores, caches and CPU kinds of an hwloc topology as values.

internal import CHwloc

extension HwlocTopology {
  var firstPackage: HwlocObject? { objects(HWLOC_OBJ_PACKAGE).first }

  func packages() -> [Package] {
    objects(HWLOC_OBJ_PACKAGE).map { Package(cpus: $0.cpus, model: $0.info("CPUModel")) }
  }

  func dies() -> [CPUSet] { objects(HWLOC_OBJ_DIE).map(\.cpus) }

  func groups() -> [CPUGroup] {
    objects(HWLOC_OBJ_GROUP).map { CPUGroup(name: $0.subtype ?? "Group", cpus: $0.cpus) }
  }

  /// A machine that reports no cores has one a hardware thread.
  func cores(packages: [Package], nodes: [MemoryNode]) -> [Core] {
    let objects = objects(HWLOC_OBJ_CORE)
    let sets = (objects.isEmpty ? self.objects(HWLOC_OBJ_PU) : objects).map(\.cpus)
    // The node with the fewest CPUs is the nearest; of equals, one that is not memory-only.
    let near = nodes.filter { !$0.cpus.isEmpty }.sorted {
      ($0.cpus.count, $0.isMemoryOnly ? 1 : 0) < ($1.cpus.count, $1.isMemoryOnly ? 1 : 0)
    }
    return sets.map { set in
      Core(
        cpus: set.members, package: packages.firstIndex { set.isSubset(of: $0.cpus) },
        node: near.first { set.isSubset(of: $0.cpus) }?.number)
    }
  }

  private static let cacheTypes: [(type: hwloc_obj_type_t, name: String)] = [
    (HWLOC_OBJ_L1CACHE, "L1d"), (HWLOC_OBJ_L1ICACHE, "L1i"), (HWLOC_OBJ_L2CACHE, "L2"),
    (HWLOC_OBJ_L2ICACHE, "L2i"), (HWLOC_OBJ_L3CACHE, "L3"), (HWLOC_OBJ_L3ICACHE, "L3i"),
    (HWLOC_OBJ_L4CACHE, "L4"), (HWLOC_OBJ_L5CACHE, "L5"), (HWLOC_OBJ_MEMCACHE, "MemorySide"),
  ]

  func caches(cores: [Core]) -> [CacheLevel] {
    var levels: [CacheLevel] = []
    for row in Self.cacheTypes {
      for object in objects(row.type) {
        var level = self.level(of: object, name: row.name, cores: cores)
        let match = levels.firstIndex {
          $0.name == level.name && $0.bytes == level.bytes && $0.lineBytes == level.lineBytes
            && $0.ways == level.ways && $0.coresPerInstance == level.coresPerInstance
        }
        if let match {
          levels[match].instances += level.instances
        } else {
          level.instances = [object.cpus]
          levels.append(level)
        }
      }
    }
    return levels
  }

  /// hwloc calls memory used as a cache an L3 in topologies of its older versions.
  private func level(of object: HwlocObject, name: String, cores: [Core]) -> CacheLevel {
    let cpus = object.cpus
    let cache = object.cache
    return CacheLevel(
      name: object.subtype == "MemorySideCache" ? "MemorySide" : name,
      bytes: Int(clamping: cache?.size ?? 0), lineBytes: Int(cache?.linesize ?? 0),
      ways: Int(cache?.associativity ?? 0),
      coresPerInstance: cores.count { $0.cpus.first.map(cpus.contains) ?? false },
      instances: [cpus])
  }

  /// Kinds as hwloc reports them, slowest first where it knows an order.
  func kinds() -> [CPUKind] {
    let count = hwloc_cpukinds_get_nr(handle, 0)
    guard count > 1 else { return [] }
    return (0..<UInt32(count)).compactMap { index -> CPUKind? in
      guard let bitmap = hwloc_bitmap_alloc() else { return nil }
      defer { hwloc_bitmap_free(bitmap) }
      var efficiency: Int32 = -1
      var infoCount: UInt32 = 0
      var infos: UnsafeMutablePointer<hwloc_info_s>?
      let code = hwloc_cpukinds_get_info(
        handle, index, bitmap, &efficiency, &infoCount, &infos, 0)
      guard code == 0 else { return nil }
      let values = Self.dictionary(infos, Int(infoCount))
      return CPUKind(
        name: "kind \(index)", cpus: CPUSet(bitmap),
        efficiency: efficiency < 0 ? nil : Int(efficiency),
        capacity: values["LinuxCapacity"].flatMap { Int($0) },
        maximumMHz: values["FrequencyMaxMHz"].flatMap { Int($0) },
        baseMHz: values["FrequencyBaseMHz"].flatMap { Int($0) }, coreType: values["CoreType"])
    }
  }

  private static func dictionary(
    _ infos: UnsafeMutablePointer<hwloc_info_s>?, _ count: Int
  ) -> [String: String] {
    var values: [String: String] = [:]
    for index in 0..<(infos == nil ? 0 : count) {
      guard let info = infos?[index], let name = HwlocObject.text(info.name) else { continue }
      values[name] = HwlocObject.text(info.value)
    }
    return values
  }
}
