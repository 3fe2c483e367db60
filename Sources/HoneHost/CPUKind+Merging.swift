// CPUKind+Merging.swift: kinds that are the same in all but name become one.

extension CPUKind {
  /// Kinds of the same core type whose capacities (or, without those, maximum frequencies) differ by less than 5 % become one.
  ///
  /// Firmware rates each core, and hwloc (before 2.14) makes a kind of each rating: the ten fast cores of a GB10 are
  /// three kinds. For tuning they are the same core. Returns the kinds, slowest first, and a note where any were merged.
  static func merged(_ kinds: [CPUKind]) -> (kinds: [CPUKind], note: String?) {
    // Each group starts with its slowest member, which all others are compared with: a chain of small steps must not
    // grow without end.
    var groups: [[CPUKind]] = []
    for kind in kinds.sorted(by: isSlower) {
      if let first = groups.last?.first, first.isLike(kind) {
        groups[groups.count - 1].append(kind)
      } else {
        groups.append([kind])
      }
    }
    let result = groups.map { group in
      group.dropFirst().reduce(into: group[0]) { $0.absorb($1) }
    }
    let note =
      result.count == kinds.count
      ? nil
      : "\(kinds.count) CPU kinds merged into \(result.count): the others differ by less than 5 %"
    return (result.count < 2 ? [] : named(result), note)
  }

  private var rating: Int? { capacity ?? maximumMHz }

  private static func isSlower(_ first: CPUKind, _ second: CPUKind) -> Bool {
    (first.efficiency ?? -1, first.rating ?? 0) < (second.efficiency ?? -1, second.rating ?? 0)
  }

  private func isLike(_ other: CPUKind) -> Bool {
    guard coreType == other.coreType, let mine = rating, let others = other.rating,
      (capacity == nil) == (other.capacity == nil)
    else { return false }
    return Double(abs(mine - others)) < 0.05 * Double(max(mine, others))
  }

  /// The merged kind is rated as its fastest member.
  private mutating func absorb(_ other: CPUKind) {
    cpus = cpus.union(other.cpus)
    efficiency = [efficiency, other.efficiency].compactMap { $0 }.max()
    capacity = [capacity, other.capacity].compactMap { $0 }.max()
    maximumMHz = [maximumMHz, other.maximumMHz].compactMap { $0 }.max()
    baseMHz = [baseMHz, other.baseMHz].compactMap { $0 }.max()
  }

  private static let names: [Int: [String]] = [
    2: ["efficiency", "performance"], 3: ["efficiency", "middle", "performance"],
  ]

  private static func named(_ kinds: [CPUKind]) -> [CPUKind] {
    let isOrdered = kinds.allSatisfy { $0.efficiency != nil }
    return kinds.enumerated().map { rank, kind in
      var named = kind
      named.name = (isOrdered ? names[kinds.count]?[rank] : nil) ?? "kind \(rank)"
      named.efficiency = isOrdered ? rank : nil
      return named
    }
  }
}
