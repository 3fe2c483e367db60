// HardwareMatch.swift: how far apart two machines are for tuning: named facts, each with a weight and a distance of its own.

internal import Glibc
internal import HoneCore

/// A row a fact. What one of the two does not say is left out of the sum, and facts that this table does not know count a little.
struct HardwareMatch: Sendable {
  /// 0: the same in everything that is known of both; 1: nothing agrees.
  var distance: Double
  /// "L2 bytes: 524288 instead of 1048576", heaviest first.
  var differs: [String]

  private struct Fact: Sendable {
    var name: String
    var weight: Double
    var value: @Sendable (JSONValue) -> JSONValue?
    var distance: @Sendable (JSONValue, JSONValue) -> Double
  }

  /// Instruction set and cache shape decide which configuration wins; sizes of memory hardly do. What may change without new hardware
  /// (microcode, limits of a control group, pages) stands under `system`.
  private static let facts: [Fact] = [
    word("instruction set", 4, ["instructionSet"]),
    Fact(name: "cores per L3", weight: 3, value: { cache($0, "L3", "cores") }, distance: ratio),
    Fact(name: "L3 bytes", weight: 3, value: { cache($0, "L3", "bytes") }, distance: ratio),
    Fact(name: "L2 bytes", weight: 2, value: { cache($0, "L2", "bytes") }, distance: ratio),
    Fact(name: "L1d bytes", weight: 1, value: { cache($0, "L1d", "bytes") }, distance: ratio),
    word("microarchitecture", 2, ["microarchitecture"]),
    Fact(name: "extensions", weight: 2, value: { $0["extensions"] }, distance: sets),
    number("NUMA nodes", 2, ["nodes"]), word("vendor", 1, ["vendor"]),
    number("threads per core", 1, ["threadsPerCore"]), number("cores", 1, ["cores"]),
    Fact(name: "kinds of cores", weight: 1, value: { $0["kinds"] }, distance: equality),
    Fact(name: "memory tiers", weight: 1, value: { $0["memoryTiers"] }, distance: sets),
    number("memory GiB", 0.5, ["memoryGiB"]),
    number("frequency in MHz", 1, ["system", "maximumMHz"]),
    number("CPUs of the control group", 1, ["system", "quotaCPUs"]),
    word("transparent huge pages", 1, ["system", "transparentHugePages"]),
    number("reserved huge pages", 0.5, ["system", "reservedHugePages"]),
    word("microcode", 0.5, ["system", "microcode"]),
  ]

  private static let known: Set<String> = [
    "instructionSet", "caches", "microarchitecture", "extensions", "nodes", "vendor",
    "threadsPerCore", "cores", "kinds", "memoryTiers", "memoryGiB", "system",
  ]
  private static let strangerWeight = 0.25

  /// - Parameters:
  ///   - one: the hardware that is asked about, as in host.json.
  ///   - other: the hardware that the records are of.
  init(_ one: JSONValue?, _ other: JSONValue?) {
    guard let one, let other, one.object != nil, other.object != nil else {
      (distance, differs) = (1, [])
      return
    }
    var parts = Self.facts.compactMap {
      fact -> (name: String, weight: Double, distance: Double, text: String)? in
      guard let mine = fact.value(one), let theirs = fact.value(other), mine != .null,
        theirs != .null
      else { return nil }
      let text = "\(fact.name): \(Self.plain(theirs)) instead of \(Self.plain(mine))"
      return (fact.name, fact.weight, fact.distance(mine, theirs), text)
    }
    let (mine, theirs) = (Self.strangers(one), Self.strangers(other))
    for name in Set(mine.keys).union(theirs.keys).sorted() {
      parts.append((name, Self.strangerWeight, mine[name] == theirs[name] ? 0 : 1, ""))
    }
    let total = parts.reduce(0) { $0 + $1.weight }
    distance = total > 0 ? parts.reduce(0) { $0 + $1.weight * $1.distance } / total : 1
    let different = parts.filter { $0.distance > 0 && !$0.text.isEmpty }
    differs = different.sorted {
      ($1.weight * $1.distance, $0.name) < ($0.weight * $0.distance, $1.name)
    }
    .map(\.text)
  }
}

// MARK: - Values and distances

extension HardwareMatch {
  private static func word(_ name: String, _ weight: Double, _ path: [String]) -> Fact {
    Fact(name: name, weight: weight, value: { member($0, path) }, distance: equality)
  }

  private static func number(_ name: String, _ weight: Double, _ path: [String]) -> Fact {
    Fact(name: name, weight: weight, value: { member($0, path) }, distance: ratio)
  }

  private static func member(_ json: JSONValue, _ path: [String]) -> JSONValue? {
    path.reduce(json) { $0?[$1] }
  }

  private static func cache(_ json: JSONValue, _ level: String, _ key: String) -> JSONValue? {
    json["caches"]?.array?.first { $0["name"]?.string == level }?[key]
  }

  private static func equality(_ one: JSONValue, _ other: JSONValue) -> Double {
    one == other ? 0 : 1
  }

  /// A factor of eight is as far as can be.
  private static func ratio(_ one: JSONValue, _ other: JSONValue) -> Double {
    guard case .number(let first) = one, case .number(let second) = other,
      let a = Double(first), let b = Double(second), a >= 0, b >= 0, a.isFinite, b.isFinite
    else { return equality(one, other) }
    return min(1, abs(log2((a + 1) / (b + 1))) / 3)
  }

  /// Share of the members that only one of the two has.
  private static func sets(_ one: JSONValue, _ other: JSONValue) -> Double {
    let (first, second) = (Set(one.array ?? [one]), Set(other.array ?? [other]))
    let all = first.union(second)
    return all.isEmpty ? 0 : 1 - Double(first.intersection(second).count) / Double(all.count)
  }

  private static func plain(_ value: JSONValue) -> String { value.string ?? value.canonical }

  private static func strangers(_ json: JSONValue) -> [String: JSONValue] {
    (json.object ?? [:]).filter { !known.contains($0.key) }.reduce(into: [:]) { leaves, member in
      leaves.merge(Self.leaves(member.value, member.key)) { first, _ in first }
    }
  }

  private static func leaves(_ value: JSONValue, _ path: String) -> [String: JSONValue] {
    guard let members = value.object else { return value == .null ? [:] : [path: value] }
    return members.reduce(into: [:]) { leaves, member in
      leaves.merge(Self.leaves(member.value, "\(path).\(member.key)")) { first, _ in first }
    }
  }
}
