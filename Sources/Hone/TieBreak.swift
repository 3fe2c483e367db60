// TieBreak.swift: which of several configurations that are not shown to differ is served: the incumbent, the most robust, the simplest.

internal import Glibc
internal import HoneCore
internal import HoneDatabase

/// **Rule.** 1. The incumbent stays: tuning again must not flip between equals. 2. The most robust, by what was measured of the members
/// elsewhere: the same configuration at neighbouring shapes and other core counts, relative to the best that is known there; where nobody
/// measured that, how much its neighbours in the space lose, since a narrow optimum is lost by the first change of circumstances.
/// Differences below a percent are none. 3. The simplest: fewest threads, then fewest parameters that differ from the variant's defaults.
struct TieBreak {
  let problem: Problem
  let space: ProblemSpace
  /// Relative times of what was tried of this problem.
  let times: [Point: Double]
  /// Records of near shapes and of other core counts on this hardware class.
  let elsewhere: [Record]
  let incumbent: Configuration?

  /// A factor of four in one dimension.
  private static let nearShape = 2.0
  private static let step = 0.01

  func preferred(among members: [Configuration]) -> (configuration: Configuration?, reason: String)
  {
    guard members.count > 1 else { return (members.first, "the only one") }
    if let incumbent, members.contains(incumbent) { return (incumbent, "the one served before") }
    let losses = members.map { lossElsewhere($0) }
    let known = losses.allSatisfy { $0 != nil }
    let scores = zip(members, losses).map { member, loss in
      let loss = (known ? loss : lossNearby(member)) ?? 0
      return (loss / Self.step).rounded(.down)
    }
    let best = members.indices.min {
      (scores[$0], simplicity(members[$0])) < (scores[$1], simplicity(members[$1]))
    }
    let isRobust = Set(scores).count > 1
    let robust =
      known ? "the most robust over shapes and cores" : "the most robust to its neighbours"
    return (best.map { members[$0] }, isRobust ? robust : "the simplest")
  }

  /// Mean share of time lost to the best that is known at near shapes and other core counts; nil where it was not measured there.
  private func lossElsewhere(_ member: Configuration) -> Double? {
    let groups = Dictionary(grouping: elsewhere) {
      "\($0.problem.key) \($0.cores) \($0.policy.name)"
    }
    let losses = groups.values.compactMap { records -> Double? in
      guard let near = records.first.flatMap({ ShapeDistance.between($0.problem, problem) }),
        near <= Self.nearShape, let best = records.compactMap(\.relativeTime).min()
      else { return nil }
      let own = records.last { matches($0.configuration, member) && $0.relativeTime != nil }
      return own?.relativeTime.map { max(0, $0 / best - 1) }
    }
    return losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count)
  }

  /// The same but for the threads, which another core count changes.
  private func matches(_ one: Configuration, _ other: Configuration) -> Bool {
    var (one, other) = (one, other)
    one.parameters["threads"] = nil
    other.parameters["threads"] = nil
    return one == other
  }

  /// Median share of time that its neighbours lose against it; nil where none was tried.
  private func lossNearby(_ member: Configuration) -> Double? {
    guard let point = space.space.point(of: member), let own = times[point] else { return nil }
    let near = space.tree.neighbours(of: point, .step).compactMap { times[$0] }.sorted()
    return near.isEmpty ? nil : max(0, near[near.count / 2] / own - 1)
  }

  private func simplicity(_ member: Configuration) -> Simplicity {
    let point = space.space.point(of: member)
    let changes = point.map { point in
      zip(point.indices, space.space.branches[point.branch].defaults).count { $0 != $1 }
    }
    return Simplicity(
      threads: member.int("threads", default: 1), changes: changes ?? .max, key: member.key)
  }
}

/// Smaller is simpler.
private struct Simplicity: Comparable {
  var threads: Int
  var changes: Int
  var key: String

  static func < (one: Simplicity, other: Simplicity) -> Bool {
    (one.threads, one.changes, one.key) < (other.threads, other.changes, other.key)
  }
}
