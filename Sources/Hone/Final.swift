// Final.swift: what a paired final says: verdicts for the records, the tie set, and who is served.

internal import HoneCore
internal import HoneMeasure

/// A duel's result with the configurations that took part; the default is the first.
struct Final {
  let result: DuelResult
  let contestants: [Configuration]

  struct Choice {
    var index: Int
    /// Configurations that are not shown to differ from the best, itself included.
    var tied: [Configuration]
    /// For people; empty where there was nothing to choose.
    var reason: String
  }

  /// The winner, or of a tie set the member that the tie break prefers. Of members that beat the default only those may be served who do so
  /// beyond doubt; where nobody does, the default is.
  /// - Parameter standing: what an earlier session served. It stays unless it is shown to be slower.
  func choice(breaking tieBreak: TieBreak, standing: Configuration? = nil) -> Choice {
    let winner = result.winner
    let tied = [winner] + result.tied
    let eligible =
      winner == 0
      ? [0]
      : tied.filter {
        $0 != 0 && verdict(of: $0, against: 0) == .faster
          && (contestants[$0] == standing || isAsGood($0, as: winner))
      }
    let preferred = tieBreak.preferred(among: eligible.map { contestants[$0] })
    let index = eligible.first { contestants[$0] == preferred.configuration } ?? winner
    let others = tied.filter { $0 != index }.map { contestants[$0].key }
    var reason = others.isEmpty ? "" : "not shown to differ from: \(others.joined(separator: "; "))"
    if eligible.count > 1 { reason += "; chosen as \(preferred.reason)" }
    return Choice(index: index, tied: tied.map { contestants[$0] }, reason: reason)
  }

  /// Against the default, and against the best of each other back end.
  func comparisons(of index: Int, otherBackends: [String]) -> [Comparison] {
    var list: [Comparison] = []
    if index != 0,
      let versus = result.comparison(
        of: index, against: 0, role: "default", configuration: contestants[0])
    {
      list.append(versus)
    }
    for name in otherBackends where contestants[index].backend != name {
      let rivals = contestants.indices.filter {
        contestants[$0].backend == name && result.lanes[$0].measurement != nil
      }
      guard let rival = rivals.min(by: { median($0) < median($1) }),
        let versus = result.comparison(
          of: index, against: rival, role: "best-of:\(name)", configuration: contestants[rival])
      else { continue }
      list.append(versus)
    }
    return list
  }

  /// Of one that is not served.
  func detail(of index: Int) -> String {
    if let settled = result.lanes[index].settled { return "lost after \(settled) rounds" }
    let isTied = index == result.winner || result.tied.contains(index)
    return isTied ? "not shown to differ from the one that is served" : ""
  }

  /// Not shown to differ is not enough to be served instead of the best: on a noisy host that holds for anybody. It must be shown that at
  /// most 2 % are lost.
  private func isAsGood(_ index: Int, as winner: Int) -> Bool {
    guard index != winner else { return true }
    let lead = result.comparison(
      of: winner, against: index, role: "", configuration: contestants[index])
    return lead.map { $0.interval.high <= 1.02 } ?? false
  }

  private func verdict(of index: Int, against other: Int) -> Comparison.Verdict? {
    result.comparison(of: index, against: other, role: "", configuration: contestants[other])?
      .verdict
  }

  private func median(_ index: Int) -> Double {
    result.lanes[index].measurement?.median ?? .infinity
  }
}
