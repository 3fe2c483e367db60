// TransferModel.swift: what a host loses that runs what was tuned on another one: measured where its records say so, predicted otherwise.

internal import Glibc
internal import HoneCore

/// How a loss is known.
enum TransferEvidence: String, Sendable {
  /// The host's own records contain the other host's configuration.
  case measured
  /// From the most similar configuration that was measured there, or from the other problems of the same pair.
  case predicted
  /// The host cannot run it and would run its default.
  case fallback
}

/// The loss of one problem on one host with one foreign configuration.
struct TransferLoss: Sendable {
  /// 0.14: takes 14 % longer than its own best.
  var loss: Double
  var evidence: TransferEvidence
}

/// Every relative time that a host has measured, by problem, cores and policy.
struct TransferModel: Sendable {
  private struct Key: Hashable {
    var problem: Problem
    var cores: Int
    var policy: String

    init(_ record: Record) {
      problem = record.problem
      cores = record.cores
      policy = record.policy.name
    }
  }

  private var times: [Key: [Configuration: Double]] = [:]
  private let instructionSet: String?

  init(_ host: FleetHost) {
    instructionSet = host.description.instructionSet
    for record in host.subject.records where record.outcome == .measured {
      guard let time = record.relativeTime ?? Self.own(record) else { continue }
      let key = Key(record)
      // The final is sharper than a screening race.
      if record.stage == .final || times[key]?[record.configuration] == nil {
        times[key, default: [:]][record.configuration] = time
      }
    }
  }

  /// The default takes as long as the default.
  private static func own(_ record: Record) -> Double? {
    guard record.stage == .final else { return nil }
    return record.againstDefault.map { 1 / $0.speedup } ?? 1
  }

  /// What the host of `own` loses with `foreign`; nil where nothing can be said from this problem alone.
  func loss(_ foreign: Configuration, insteadOf own: Record) -> TransferLoss? {
    guard let tried = times[Key(own)], let best = tried[own.configuration] ?? Self.own(own) else {
      return nil
    }
    guard canRun(foreign) else {
      return TransferLoss(loss: max(0, 1 / best - 1), evidence: .fallback)
    }
    let fitted = Self.fitted(foreign, cores: own.cores)
    if fitted == own.configuration { return TransferLoss(loss: 0, evidence: .measured) }
    if let time = tried[fitted] {
      return TransferLoss(loss: max(0, time / best - 1), evidence: .measured)
    }
    let near = tried.compactMap { other, time in
      Self.distance(fitted, other).map { (distance: $0, time: time) }
    }.min { ($0.distance, $0.time) < ($1.distance, $1.time) }
    guard let near, near.distance <= 2 else { return nil }
    return TransferLoss(loss: max(0, near.time / best - 1), evidence: .predicted)
  }

  /// The default instead of the own best.
  func lossOfDefault(insteadOf own: Record) -> TransferLoss? {
    guard let best = times[Key(own)]?[own.configuration] ?? Self.own(own) else { return nil }
    return TransferLoss(loss: max(0, 1 / best - 1), evidence: .measured)
  }

  /// As many threads as there are cores at most: everybody would do that.
  private static func fitted(_ configuration: Configuration, cores: Int) -> Configuration {
    var fitted = configuration
    if let threads = configuration["threads"]?.int, threads > cores {
      fitted.parameters["threads"] = .int(cores)
    }
    return fitted
  }

  private static let order = ["x86v2", "x86v3", "x86v4"]

  private func canRun(_ configuration: Configuration) -> Bool {
    let parts = configuration.variant.split(separator: "@").map(String.init)
    guard parts.count > 1, let own = instructionSet, own != parts[1] else { return true }
    guard let needed = Self.order.firstIndex(of: parts[1]), let has = Self.order.firstIndex(of: own)
    else { return false }
    return needed <= has
  }

  /// In doublings of parameters, the same variant built for another instruction set counting as one; nil for other variants, and where a word differs.
  static func distance(_ one: Configuration, _ other: Configuration) -> Double? {
    let algorithms = [one, other].map { $0.variant.prefix { $0 != "@" } }
    guard one.backend == other.backend, algorithms[0] == algorithms[1],
      Set(one.parameters.keys) == Set(other.parameters.keys)
    else { return nil }
    var sum = one.variant == other.variant ? 0.0 : 1
    for (name, value) in one.parameters {
      guard let theirs = other.parameters[name] else { return nil }
      if let a = value.int, let b = theirs.int {
        sum += abs(log2(Double(max(a, 0) + 1) / Double(max(b, 0) + 1)))
      } else if value != theirs {
        return nil
      }
    }
    return sum
  }
}

/// All pairs of hosts of a grid.
struct TransferMatrix: Sendable {
  /// One problem of a pair.
  struct Entry: Sendable {
    var row: Int
    var loss: TransferLoss
    /// Weighted seconds of the own best.
    var seconds: Double
  }

  let columns: [Int]
  /// runsOn → tunedOn → entries; the last tunedOn is the default.
  private(set) var entries: [[[Entry]]] = []

  init(_ grid: Grid) {
    columns = grid.columns.indices.filter { grid.host(ofColumn: $0) != nil }
    let models = columns.map { column in grid.host(ofColumn: column).map(TransferModel.init) }
    entries = columns.indices.map { on in
      guard let model = models[on] else { return [] }
      let pairs = columns.map { from in Self.entries(on: columns[on], from: from, model, grid) }
      return pairs + [Self.entries(on: columns[on], from: nil, model, grid)]
    }
  }

  private static func entries(
    on: Int, from: Int?, _ model: TransferModel, _ grid: Grid
  ) -> [Entry] {
    var open: [(row: Int, seconds: Double)] = []
    var known: [Entry] = []
    for row in grid.rows.indices {
      guard let own = grid[row, on], let seconds = own.seconds else { continue }
      let weighted = seconds * own.row.weight
      if let from {
        guard let foreign = grid[row, from] else { continue }
        if from == on {
          known.append(
            Entry(row: row, loss: .init(loss: 0, evidence: .measured), seconds: weighted))
        } else if let loss = model.loss(foreign.record.configuration, insteadOf: own.record) {
          known.append(Entry(row: row, loss: loss, seconds: weighted))
        } else {
          open.append((row, weighted))
        }
      } else if let loss = model.lossOfDefault(insteadOf: own.record) {
        known.append(Entry(row: row, loss: loss, seconds: weighted))
      }
    }
    // What no similar configuration says, the other problems of the same pair do.
    let losses = known.map(\.loss.loss).sorted()
    guard !losses.isEmpty else { return known }
    let middle = losses[losses.count / 2]
    return known
      + open.map {
        Entry(row: $0.row, loss: .init(loss: middle, evidence: .predicted), seconds: $0.seconds)
      }
  }

  /// Weighted over the problems; nil where there are none.
  func loss(on: Int, from: Int) -> (loss: Double, measured: Int, total: Int)? {
    let own = entries[on][from]
    let seconds = own.reduce(0) { $0 + $1.seconds }
    guard seconds > 0 else { return nil }
    let longer = own.reduce(0) { $0 + $1.seconds * (1 + $1.loss.loss) }
    return (longer / seconds - 1, own.count { $0.loss.evidence != .predicted }, own.count)
  }

  /// Harmonic mean of the hosts' efficiencies with one shared set (Pennycook, Sewall and Lee, "A metric for performance portability", PMBS 2016);
  /// nil where a host has nothing in common with the set.
  func portability(from: Int) -> Double? {
    let losses = columns.indices.map { loss(on: $0, from: from)?.loss }
    guard !losses.isEmpty, losses.allSatisfy({ $0 != nil }) else { return nil }
    // An efficiency is 1 / (1 + loss).
    return Double(losses.count) / losses.reduce(0) { $0 + 1 + ($1 ?? 0) }
  }
}
