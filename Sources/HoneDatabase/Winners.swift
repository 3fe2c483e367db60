// Winners.swift: which record is served for a problem: a pure function of the set of records.

internal import HoneCore

/// **Rule.** For a problem, a core count and a policy, candidates are the served finalists of all sessions; a record that contradicts itself
/// (see `Invariants`) is none, whoever wrote it.
///
/// 1. Where libraries changed, only records with the versions of the newest session count: a changed library makes its old records stale.
/// 2. Of a session only its last word counts: it may hold a final after a first look and another after searching on.
/// 3. A configuration that several sessions served counts once, by its newest record.
/// 4. The fastest median and all that are within the larger noise floor of the two are tied.
/// 5. Among the tied the simplest wins: fewest threads, then the untuned default, then the one that was served first
///    (tuning again does not flip between equals), then the smaller configuration key.
///
/// As a function of a set it gives the same answer whatever the order in which journals are merged.
enum Winners {
  /// May this record be served at all?
  static func isServed(_ record: Record) -> Bool {
    record.served && record.stage == .final && record.outcome == .measured
      && record.measurement != nil && record.proof?.holds == true
  }

  static func isCandidate(_ record: Record) -> Bool {
    isServed(record) && Invariants.violations(of: record).isEmpty
  }

  /// Rows sorted by problem, core count and policy.
  static func of(_ records: [StoredRecord]) -> [BestRow] {
    let served = records.filter { isCandidate($0.record) }
    let groups = Dictionary(grouping: served) { BestRow.Key($0.record) }
    return groups.sorted { $0.key < $1.key }.compactMap { _, group in
      winner(of: group).map { BestRow($0) }
    }
  }

  /// `served` belong to one problem, core count and policy.
  static func winner(of served: [StoredRecord]) -> StoredRecord? {
    let candidates = candidates(among: served)
    guard
      let fastest = candidates.min(by: { ($0.median, $0.newest.id) < ($1.median, $1.newest.id) })
    else { return nil }
    let tied = candidates.filter { candidate in
      let floor = max(candidate.noiseFloor, fastest.noiseFloor)
      return candidate.median <= fastest.median * (1 + floor)
    }
    return tied.min { $0.simplicity < $1.simplicity }?.newest
  }

  private static func candidates(among served: [StoredRecord]) -> [Candidate] {
    let ordered = served.sorted {
      ($0.record.provenance.time, $0.id) < ($1.record.provenance.time, $1.id)
    }
    guard let libraries = ordered.last?.record.provenance.libraries else { return [] }
    let last = Dictionary(ordered.map { ($0.record.provenance.session, $0.id) }) { $1 }
    let current = ordered.filter {
      $0.record.provenance.libraries == libraries && last[$0.record.provenance.session] == $0.id
    }
    return Dictionary(grouping: current) { $0.record.configuration.key }.values.compactMap {
      group in
      guard let oldest = group.first, let newest = group.last else { return nil }
      return Candidate(newest: newest, firstServed: oldest.record.provenance.time)
    }
  }
}

/// A configuration that some session served.
private struct Candidate {
  var newest: StoredRecord
  var firstServed: String

  var median: Double { newest.record.measurement?.median ?? .infinity }
  var noiseFloor: Double { newest.record.noiseFloor ?? 0 }

  /// Smaller is simpler.
  var simplicity: (Int, Int, String, String) {
    let record = newest.record
    return (
      record.configuration.int("threads", default: 1), record.isDefault ? 0 : 1, firstServed,
      record.configuration.key
    )
  }
}

extension Record {
  /// A served record without a verdict against another default is the default.
  var isDefault: Bool { againstDefault.map { $0.against == configuration } ?? true }
}
