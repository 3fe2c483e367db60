// HardwareClass.swift: what two machines must have in common to share tuning records.

internal import FoundationEssentials
internal import HoneDigest

/// All machines that are the same for tuning. Made of what the hardware is, never of how it is called, who uses it or
/// what this process may use of it: no host name, no address, no device, no control group, no affinity.
public struct HardwareClass: Hashable, Sendable, Codable {
  /// The caches of one level that are alike.
  public struct Cache: Hashable, Sendable, Codable {
    public var name: String
    public var bytes: Int
    public var cores: Int
    public var instances: Int
  }

  /// Cores of one kind.
  public struct Kind: Hashable, Sendable, Codable {
    public var cores: Int
    public var threadsPerCore: Int
    /// Of the fastest kind, in twentieths: firmware ratings scatter. nil where unknown.
    public var relativeSpeed: Int?
  }

  /// Of these fields; part of the identity, so that a later one with other fields cannot be mistaken for this.
  public var version = 1
  /// "amd", "intel", "arm"; the CPU's own word where it is none of Hone's table.
  public var vendor: String?
  /// Without trademarks, clock rates and filler words.
  public var model: String?
  public var microarchitecture: String?
  public var architecture: String?
  /// The best kernel build that runs here; nil where unknown.
  public var instructionSet: String?
  /// Extensions beyond `instructionSet`, sorted; nil where unknown.
  public var extensions: [String]?
  public var packages: Int
  /// NUMA nodes with CPUs, and memory-only ones.
  public var nodes: Int
  public var memoryOnlyNodes: Int
  public var cores: Int
  public var threadsPerCore: Int
  /// L1d, L2, L3 in this order, each level largest first.
  public var caches: [Cache]
  /// Slowest first; empty where all cores are alike.
  public var kinds: [Kind]
  /// Sorted; without tiers that are unknown.
  public var memoryTiers: [String]
  /// Rounded up to a power of two GiB: usable memory is always a little less than what is built in. nil where unknown.
  public var memoryGiB: Int?
  /// nil where unknown.
  public var isVirtual: Bool?

  /// Readable and stable: `amd-epyc-zen4-2c1t-l3x32m-a1b2c3d4`. The last part is the beginning of the SHA-256 of the
  /// fields as JSON with sorted keys.
  public var id: String {
    (slugParts + [String(Digest.sha256(canonical).prefix(8))]).joined(separator: "-")
  }

  /// The bytes that are hashed.
  var canonical: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding integers, strings and booleans cannot fail.
    return (try? encoder.encode(self)).map(Array.init) ?? []
  }

  private var slugParts: [String] {
    let words = (model ?? vendor ?? architecture ?? "unknown").lowercased()
      .replacing("+", with: "plus")
      .split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let name = words.joined(separator: "-")
    let sockets = packages > 1 ? "\(packages)p" : ""
    let counts = "\(sockets)\(cores)c\(threadsPerCore)t"
    return [name, microarchitecture, counts, lastLevel].compactMap { $0 }.filter { !$0.isEmpty }
  }

  /// "l3x32m", "16l3x16m"; nil without such a cache.
  private var lastLevel: String? {
    guard
      let cache = caches.first(where: { $0.name == "L3" })
        ?? caches.first(where: { $0.name == "L2" })
    else { return nil }
    let size = cache.bytes >= 1 << 20 ? "\(cache.bytes >> 20)m" : "\(cache.bytes >> 10)k"
    let count = cache.instances > 1 ? "\(cache.instances)" : ""
    return "\(count)\(cache.name.lowercased())x\(size)"
  }
}

extension HardwareClass {
  public init(_ topology: Topology) {
    let processor = topology.processor
    let cpuNodes = topology.nodes.filter { !$0.isMemoryOnly }
    vendor = processor.vendor.map { Self.vendors[$0] ?? $0.lowercased() }
    model = processor.model.flatMap(Self.normalised)
    microarchitecture = processor.microarchitecture
    architecture = processor.architecture
    instructionSet = processor.instructionSets.last { !InstructionFeatures.isExtension($0) }
    extensions = processor.features == nil ? nil : processor.extraFeatures.sorted()
    packages = max(1, topology.packages.count)
    nodes = max(1, cpuNodes.count)
    memoryOnlyNodes = topology.nodes.count - cpuNodes.count
    cores = topology.cores.count
    threadsPerCore = topology.threadsPerCore
    caches = Self.caches(topology)
    kinds = Self.kinds(topology)
    memoryTiers = Set(topology.nodes.map(\.tier)).filter { $0 != .unknown }.map(\.rawValue).sorted()
    memoryGiB = Self.roundedGiB(topology.memoryBytes)
    isVirtual = processor.isVirtual
  }

  private static let vendors = [
    "AuthenticAMD": "amd", "GenuineIntel": "intel", "HygonGenuine": "hygon", "0x41": "arm",
    "0x46": "fujitsu", "0x48": "hisilicon", "0x4e": "nvidia", "0x61": "apple", "0xc0": "ampere",
  ]

  private static func caches(_ topology: Topology) -> [Cache] {
    ["L1d", "L2", "L3"].flatMap { topology.caches(named: $0) }.map {
      Cache(
        name: $0.name, bytes: $0.bytes, cores: $0.coresPerInstance, instances: $0.instances.count)
    }
  }

  private static func kinds(_ topology: Topology) -> [Kind] {
    let fastest = topology.kinds.compactMap { $0.capacity ?? $0.maximumMHz }.max()
    return topology.kinds.indices.map { index in
      let cores = topology.cores.filter { $0.kind == index }
      let kind = topology.kinds[index]
      let speed = (kind.capacity ?? kind.maximumMHz).flatMap { rating in
        fastest.map { Int((20 * Double(rating) / Double($0)).rounded()) }
      }
      return Kind(
        cores: cores.count, threadsPerCore: cores.map(\.cpus.count).max() ?? 1,
        relativeSpeed: speed)
    }
  }

  private static func roundedGiB(_ bytes: Int) -> Int? {
    guard bytes > 0 else { return nil }
    var rounded = 1
    while rounded << 30 < bytes, rounded < 1 << 32 { rounded <<= 1 }
    return rounded
  }

  /// Words that carry no information, lower case.
  private static let fillers: Set<String> = [
    "cpu", "processor", "dual", "core", "(r)", "(tm)", "gen",
  ]

  /// "Intel(R) Xeon(R) CPU E5-4640 0 @ 2.40GHz" → "Intel Xeon E5-4640 0"; nil where nothing is left.
  static func normalised(_ model: String) -> String? {
    let cut = model.prefix { $0 != "@" && $0 != "," }
    let plain = ["(R)", "(r)", "(TM)", "(tm)"].reduce(String(cut)) {
      $0.replacing($1, with: " ")
    }
    let words = plain.split(whereSeparator: \.isWhitespace).filter { word in
      let lower = word.lowercased()
      return !fillers.contains(lower)
        && !(lower.hasSuffix("-core") && lower.first?.isNumber == true)
    }
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}
