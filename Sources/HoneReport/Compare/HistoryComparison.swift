// HistoryComparison.swift: every problem that both sides have, judged together.

internal import Glibc
internal import HoneCore
internal import HoneMeasure

/// The result of `hone compare`.
///
/// **The difficulty.** The speed of a host drifts from one session to the next, and one session a side cannot tell that from a change. So the
/// winner of each side is first divided by a control (an unchanged configuration that was measured in the same rounds), and what is
/// compared are those quotients. Where a problem has no control, the controls of the same sessions' other problems say how far the host moved and how unevenly.
/// Where there are none either, nothing is said. `absolute` asks about the times themselves, and needs several sessions a side.
public struct HistoryComparison: Sendable {
  public var changes: [HistoryChange] = []
  /// Titles of what only one side has.
  public var onlyOld: [String] = []
  public var onlyNew: [String] = []
  public var contested: [String] = []
  public var stale: [String] = []

  /// Controls of other problems that are needed to speak for one without.
  static let fewestControls = 5

  public init(old: [HistorySide], new: [HistorySide], absolute: Bool = false) {
    for side in new {
      guard let before = old.first(where: { $0.hardwareClass == side.hardwareClass }) else {
        continue
      }
      add(before, side, absolute: absolute)
    }
    let judged = changes.count { $0.speedup != nil }
    for index in changes.indices { changes[index].judge(verdicts: judged) }
    contested = (old + new).flatMap(Self.contested)
    stale = new.flatMap(Self.stale)
  }

  public var regressions: [HistoryChange] { changes.filter { $0.judgement == .slower } }
  public var improvements: [HistoryChange] { changes.filter { $0.judgement == .faster } }
  public var judged: [HistoryChange] { changes.filter { $0.judgement != .unknown } }

  struct Key: Hashable {
    var problem: Problem
    var cores: Int
    var policy: String

    init(_ record: Record) {
      problem = record.problem
      cores = record.cores
      policy = record.policy.name
    }
  }

  private mutating func add(_ old: HistorySide, _ new: HistorySide, absolute: Bool) {
    let before = Dictionary(old.served.map { (Key($0), $0) }) { first, _ in first }
    let oldFinals = Dictionary(grouping: old.finals) { Key($0) }
    let newFinals = Dictionary(grouping: new.finals) { Key($0) }
    var own: [HistoryChange] = []
    for record in new.served {
      guard let match = before[Key(record)] else {
        onlyNew.append(Self.title(record))
        continue
      }
      let session = { (finals: [Record]?, winner: Record) in
        (finals ?? []).filter { $0.provenance.session == winner.provenance.session }
      }
      own.append(
        HistoryChange(
          old: match, new: record, oldFinals: session(oldFinals[Key(record)], match),
          newFinals: session(newFinals[Key(record)], record), hardwareClass: new.hardwareClass))
    }
    let present = Set(new.served.map(Key.init))
    onlyOld += old.served.filter { !present.contains(Key($0)) }.map(Self.title)
    if absolute {
      Self.judgeAbsolutely(&own, oldFinals, newFinals)
    } else {
      Self.correctByHost(&own)
    }
    changes += own
  }

  static func title(_ record: Record) -> String {
    "\(ResultRow.title(of: record.problem)), \(record.cores) cores, \(record.policy.name)"
  }

  // MARK: - Problems without a control of their own

  private static func correctByHost(_ changes: inout [HistoryChange]) {
    var moves: [[String]: [Double]] = [:]
    for change in changes {
      if let drift = change.drift {
        moves[sessions(of: change), default: []].append(log(drift.ratio))
      }
    }
    for index in changes.indices where changes[index].speedup == nil {
      guard let raw = changes[index].raw else { continue }
      let others = moves[sessions(of: changes[index])] ?? []
      guard others.count >= fewestControls else {
        changes[index].reason =
          "nothing to tell a change from drift by: no unchanged configuration was measured beside it"
        continue
      }
      let center = Statistics.median(others)
      let spread = Statistics.deviationsPerMAD * Statistics.median(others.map { abs($0 - center) })
      let uncertainty = spread * spread * (1 + 1.57 / Double(others.count))
      changes[index].speedup = UnpairedRatio(
        logarithm: log(raw.ratio) - center, variance: raw.variance + uncertainty,
        samples: raw.samples, confidence: 0.95)
      changes[index].correction = .host
    }
  }

  private static func sessions(of change: HistoryChange) -> [String] {
    [change.old.provenance.session, change.new.provenance.session]
  }

  // MARK: - Times themselves

  /// Adds what sessions of the same side differ by, pooled over all problems.
  private static func judgeAbsolutely(
    _ changes: inout [HistoryChange], _ old: [Key: [Record]], _ new: [Key: [Record]]
  ) {
    let levels: [(old: [Double], new: [Double])] = changes.map { change in
      let key = Key(change.old)
      return (
        Self.levels(of: change.old, in: old[key] ?? []),
        Self.levels(of: change.new, in: new[key] ?? [])
      )
    }
    let groups = levels.flatMap { [$0.old, $0.new] }.filter { $0.count > 1 }
    let freedom = groups.reduce(0) { $0 + $1.count - 1 }
    let squares = groups.reduce(0.0) { sum, group in
      let mean = group.reduce(0, +) / Double(group.count)
      return sum + group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    for index in changes.indices {
      changes[index].speedup = nil
      changes[index].correction = .sessions
      let (before, after) = levels[index]
      guard min(before.count, after.count) >= 2 else {
        changes[index].reason =
          "one session a side (\(before.count) and \(after.count)): drift cannot be told from a change"
        continue
      }
      let variance = squares / Double(freedom)
      // Student's quantile over the normal one at 95 % (first term of Cornish and Fisher).
      let widening = 1 + 1.21 / Double(max(1, freedom))
      let shares = 1 / Double(before.count) + 1 / Double(after.count)
      changes[index].speedup = UnpairedRatio(
        logarithm: mean(before) - mean(after), variance: variance * shares * widening * widening,
        samples: changes[index].raw?.samples ?? 0, confidence: 0.95)
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The log-median of each session that measured the winner's configuration.
  private static func levels(of winner: Record, in finals: [Record]) -> [Double] {
    let same = finals.filter { $0.configuration == winner.configuration }
    let sessions = Dictionary(same.map { ($0.provenance.session, $0) }) { _, last in last }
    return sessions.values.compactMap { $0.measurement?.median }.map { log($0) }
  }
}

// MARK: - What to look at again

extension HistoryComparison {
  /// Problems for which sessions of one side serve configurations whose times differ by more than their noise floors.
  private static func contested(_ side: HistorySide) -> [String] {
    let groups = Dictionary(grouping: side.finals.filter(\.served)) { Key($0) }
    return groups.values.compactMap { records -> String? in
      let newest = Dictionary(records.map { ($0.configuration, $0) }) { _, last in last }.values
      guard newest.count > 1, let first = records.first,
        let fastest = newest.compactMap({ $0.measurement?.median }).min()
      else { return nil }
      let floor = newest.compactMap(\.noiseFloor).max() ?? 0
      let apart = newest.contains { ($0.measurement?.median ?? 0) > fastest * (1 + floor) }
      return apart ? "\(title(first)): \(newest.count) configurations" : nil
    }.sorted()
  }

  /// Problems whose newest result was made with other libraries than the newest result of its hardware class.
  private static func stale(_ side: HistorySide) -> [String] {
    let newest = side.served.max { $0.provenance.time < $1.provenance.time }
    guard let current = newest?.provenance.libraries else { return [] }
    return side.served.filter { $0.provenance.libraries != current }.map { record in
      let changed = current.keys.sorted().compactMap { name -> String? in
        let version = record.provenance.libraries[name]
        return version == current[name]
          ? nil : "\(name) \(version ?? "none") instead of \(current[name] ?? "")"
      }
      return "\(title(record)): \(changed.joined(separator: ", "))"
    }.sorted()
  }
}
