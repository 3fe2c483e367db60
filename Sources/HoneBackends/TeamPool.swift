// TeamPool.swift: the one team of threads that all plans of a back end share, and where its threads sit.

internal import HoneCore
internal import HoneHost
import Synchronization

/// Hands out a team that is large enough. Plans of different thread counts share it: a call wakes only the members it needs.
final class TeamPool: Sendable {
  private let current = Mutex<ThreadTeam?>(nil)
  /// Placement name → processors in order; set once from the host's topology.
  private static let placements = Mutex<[String: [Int]]>([:])

  func team(of count: Int) throws(Refusal) -> ThreadTeam {
    try current.withLock { team throws(Refusal) in
      if let team, team.size >= count { return team }
      let larger = try ThreadTeam(size: count)
      team = larger
      return larger
    }
  }

  static func use(_ placements: [String: [Int]]) {
    self.placements.withLock { $0 = placements }
  }

  static func processors(_ placement: String) -> [Int] {
    placements.withLock { $0[placement] ?? $0["compact"] ?? [] }
  }
}
