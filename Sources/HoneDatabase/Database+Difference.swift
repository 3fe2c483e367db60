// Database+Difference.swift: what two databases serve differently.

public import HoneCore

/// A row of best.json in which two databases differ.
public struct RowDifference: Hashable, Sendable, Codable {
  public enum Verdict: String, Sendable, Codable {
    /// Only the second has the row.
    case added
    /// Only the first has it.
    case removed
    case faster, slower
    /// Another configuration, whose time is within the noise floor.
    case tie
  }

  public var hardwareClass: String
  public var problem: Problem
  public var cores: Int
  public var policy: String
  public var before: Configuration?
  public var after: Configuration?
  /// Seconds before / seconds after: above 1, the second is faster. Of different sessions, so drift is in it.
  public var speedup: Double?
  public var verdict: Verdict
}

extension Database {
  /// Rows whose configuration, or whose time beyond the noise floor, is not the same in `later`; sorted.
  public func difference(to later: Database) -> [RowDifference] {
    let names = Set(classes.map(\.name)).union(later.classes.map(\.name)).sorted()
    return names.flatMap { name -> [RowDifference] in
      let before = Dictionary((self[name]?.best ?? []).map { ($0.key, $0) }) { first, _ in first }
      let after = Dictionary((later[name]?.best ?? []).map { ($0.key, $0) }) { first, _ in first }
      return Set(before.keys).union(after.keys).sorted().compactMap { key in
        Self.difference(name, before[key], after[key])
      }
    }
  }

  private static func difference(_ name: String, _ before: BestRow?, _ after: BestRow?)
    -> RowDifference?
  {
    guard let row = after ?? before else { return nil }
    var verdict = RowDifference.Verdict.added
    if after == nil { verdict = .removed }
    if let before, let after {
      let isTied = before.isTied(with: after)
      if before.configuration == after.configuration && isTied { return nil }
      verdict = isTied ? .tie : after.median < before.median ? .faster : .slower
    }
    let speedup = before.flatMap { before in after.map { before.median / $0.median } }
    return RowDifference(
      hardwareClass: name, problem: row.problem, cores: row.cores, policy: row.policy.name,
      before: before?.configuration, after: after?.configuration, speedup: speedup,
      verdict: verdict)
  }
}
