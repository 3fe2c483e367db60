// Topology+Loading.swift: topologies of this machine, of a recorded file, and of a description.

internal import Glibc
internal import HoneCore

extension Topology {
  /// The machine that this runs on. Where hwloc's own variables (`HWLOC_XMLFILE`, `HWLOC_SYNTHETIC`) put another machine in
  /// its place, that one, as an imported machine.
  ///
  /// - Parameter files: where /proc and /sys are read from. What hwloc reads does not move with it.
  /// - Throws: `HoneError` (`unavailable`) where hwloc cannot describe the machine.
  public static func live(files: SystemFiles = SystemFiles()) throws -> Topology {
    let hwloc = try HwlocTopology.thisMachine()
    guard hwloc.isThisSystem else {
      return Topology(hwloc, TopologySource(kind: .xml, detail: HwlocTopology.override))
    }
    var topology = Topology(hwloc, TopologySource(kind: .live))
    topology.readSystem(files, isThisMachine: files.root == "/")
    return topology
  }

  /// A machine recorded by `hone topology --record` or `lstopo`, hwloc 1 and 2 alike; "-" is standard input.
  ///
  /// - Throws: `HoneError` (`unusableData`) that says what is wrong with the file.
  public static func xml(path: String) throws -> Topology {
    try load(try .file(path))
  }

  /// The same for a document in memory; `name` is for messages.
  public static func xml(bytes: [UInt8], name: String) throws -> Topology {
    let document = TopologyDocument(bytes: bytes, name: name)
    if let problem = document.problem() { throw problem }
    do {
      return Topology(
        try HwlocTopology(.xml(document.normalised().bytes)),
        TopologySource(kind: .xml, detail: name))
    } catch {
      throw document.refused(error)
    }
  }

  /// An imagined machine: `pack:2 numa:2 l3:1 core:8 pu:2` is two packages with two NUMA nodes each, and so on down;
  /// hwloc's own syntax works too.
  ///
  /// - Throws: `HoneError` (`usage`) that says what is wrong with the description.
  public static func synthetic(_ text: String) throws -> Topology {
    let description = try SyntheticDescription(text)
    do {
      return Topology(
        try HwlocTopology(.synthetic(description.hwloc)),
        TopologySource(kind: .synthetic, detail: text))
    } catch {
      throw HoneError(
        .usage, "hwloc does not understand the description '\(text)'.",
        advice: SyntheticDescription.advice)
    }
  }

  static func contents(of path: String) throws -> [UInt8] {
    let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while content.count <= TopologyDocument.limit {
      let length = read(descriptor, &chunk, chunk.count)
      if length == 0 { return content }
      if length < 0 && errno != EINTR { throw unreadable(path, errno) }
      if length > 0 { content += chunk[..<length] }
    }
    throw HoneError(
      .unusableData, "\(path) is larger than \(TopologyDocument.limit >> 20) MiB.",
      advice: "No topology is that large; give an hwloc XML file.", context: ["path": path])
  }

  private static func unreadable(_ path: String, _ number: Int32) -> HoneError {
    HoneError(
      .unusableData, "cannot read \(path): \(String(cString: strerror(number))).",
      advice: "Give the path of a readable hwloc XML file.", context: ["path": path])
  }
}

extension HwlocTopology {
  /// This machine, read once: what hwloc tells of it does not change while a process runs.
  private static let live = Result { () throws(HwlocFailure) in try HwlocTopology(.live) }

  /// Which variable replaced this machine by another.
  static var override: String {
    (["HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT"] as [String])
      .first { getenv($0) != nil }
      .map { "named by \($0)" } ?? "named by hwloc's variables"
  }

  static func thisMachine() throws -> HwlocTopology {
    do {
      return try live.get()
    } catch {
      throw HoneError(
        .unavailable, "hwloc cannot describe this machine: \(error.reason).",
        advice: "Check that /sys and /proc are mounted, or give a recorded machine (--from).")
    }
  }
}

extension Topology {
  init(_ hwloc: HwlocTopology, _ source: TopologySource) {
    self.init(source: source, processor: Processor())
    self.source.hwloc = HwlocTopology.version
    packages = hwloc.packages()
    dies = hwloc.dies()
    groups = hwloc.groups()
    nodes = hwloc.nodes()
    cores = hwloc.cores(packages: packages, nodes: nodes)
    caches = hwloc.caches(cores: cores)
    distances = hwloc.distances()
    memoryAttributes = hwloc.memoryAttributes()
    complete = hwloc.completeSet
    online = hwloc.onlineSet
    allowed = hwloc.allowedSet.intersection(hwloc.onlineSet)
    setKinds(hwloc.kinds())
    setProcessor(hwloc)
  }

  private mutating func setKinds(_ reported: [CPUKind]) {
    let (merged, note) = CPUKind.merged(reported)
    kinds = merged
    if let note { notes.append(note) }
    for index in cores.indices {
      cores[index].kind = kinds.firstIndex { kind in
        cores[index].cpus.first.map(kind.cpus.contains) ?? false
      }
    }
  }

  private mutating func setProcessor(_ hwloc: HwlocTopology) {
    let root = hwloc.root
    let package = hwloc.firstPackage ?? root
    func info(_ name: String) -> String? { package.info(name) ?? root.info(name) }
    func number(_ text: String?) -> Int? {
      text.flatMap { $0.hasPrefix("0x") ? Int($0.dropFirst(2), radix: 16) : Int($0) }
    }
    processor.vendor = info("CPUVendor") ?? info("CPUImplementer")
    processor.model = info("CPUModel") ?? info("PlatformName")
    processor.family = number(info("CPUFamilyNumber"))
    processor.modelNumber = number(info("CPUModelNumber")) ?? number(info("CPUPart"))
    processor.stepping = number(info("CPUStepping"))
    processor.architecture = info("Architecture")
    processor.features = info(RecordedFact.features.rawValue)?.split(separator: " ").map(
      String.init)
    processor.hypervisor =
      info(RecordedFact.hypervisor.rawValue)
      ?? ["DMISysVendor", "DMIProductName", "CPUModel"].compactMap {
        info($0).flatMap(Processor.hypervisor(named:))
      }.first
    kernelMemoryBytes = number(info(RecordedFact.memory.rawValue))
    processor.complete()
  }

  /// Adds what the kernel knows. `isThisMachine`: may CPUID be asked?
  mutating func readSystem(_ files: SystemFiles, isThisMachine: Bool) {
    processor.readLive(files: files, isThisMachine: isThisMachine)
    processor.complete()
    kernelMemoryBytes = files.kilobytes("MemTotal", in: "proc/meminfo")
    system = SystemFacts(files: files)
  }
}
