// HardwareDescription.swift: the facts of a host.json as people read them; facts that are absent are left out.

internal import HoneCore
internal import HoneDatabase

/// Reads names that the writer of host.json chose (see HardwareClass in HoneHost). A document of another version, or of another
/// tool, shows what it has in common.
struct HardwareDescription {
  private struct Cache {
    var name: String
    var bytes: Int
    var instances: Int
  }

  private let hardware: JSONValue

  init(_ hardware: JSONValue) { self.hardware = hardware }

  /// All instances of the last level together; nil where unknown.
  var lastLevelBytes: Int? { caches.last.map { $0.bytes * $0.instances } }

  var coreCount: Int? { integer("cores") }
  var threadsPerCore: Int? { integer("threadsPerCore") }
  var instructionSet: String? { hardware["instructionSet"]?.string }
  var extensions: Set<String> {
    Set((hardware["extensions"]?.array ?? []).compactMap(\.string))
  }
  var processor: String? { hardware["model"]?.string }

  var facts: [(name: String, value: String)] {
    let all: [(name: String, value: String?)] = [
      ("processor", hardware["model"]?.string), ("cores", cores), ("caches", cacheText),
      ("NUMA nodes", integer("nodes").map(String.init)),
      ("memory", integer("memoryGiB").map { "\($0) GiB" }),
      ("instruction set", hardware["instructionSet"]?.string),
      ("virtual machine", hardware["isVirtual"] == .bool(true) ? "yes" : nil),
    ]
    return all.compactMap { fact in fact.value.map { (fact.name, $0) } }
  }

  private var cores: String? {
    guard let cores = integer("cores") else { return nil }
    let threads = integer("threadsPerCore") ?? 1
    return threads > 1 ? "\(cores), \(threads) threads each" : "\(cores)"
  }

  private var cacheText: String? {
    guard !caches.isEmpty else { return nil }
    return caches.map { cache in
      let count = cache.instances > 1 ? "\(cache.instances) × " : ""
      return "\(cache.name) \(count)\(Scaled.bytes(cache.bytes))"
    }.joined(separator: ", ")
  }

  private var caches: [Cache] {
    (hardware["caches"]?.array ?? []).compactMap { cache in
      guard let name = cache["name"]?.string, let bytes = Self.integer(cache["bytes"]) else {
        return nil
      }
      return Cache(name: name, bytes: bytes, instances: Self.integer(cache["instances"]) ?? 1)
    }
  }

  private func integer(_ key: String) -> Int? { Self.integer(hardware[key]) }

  private static func integer(_ value: JSONValue?) -> Int? {
    if case .number(let digits) = value { Int(digits) } else { nil }
  }
}
