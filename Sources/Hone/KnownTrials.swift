// KnownTrials.swift: what earlier sessions tried of a problem, sorted into what is replayed and what is told at once.

internal import HoneCore
internal import HoneDatabase

/// What a session knows of a point.
struct Trial {
  /// Time relative to the default's; nil where it was wrong, failed or refused.
  var relativeTime: Double?
  /// Did it get as far as a race? Then it took a place in its batch.
  var wasRaced: Bool
  var origin: String?
  /// The lower end of what `relativeTime` may truly be; nil where that was not kept.
  var optimistic: Double?
}

/// Records of one problem, core count and policy over the same space, with the same libraries.
///
/// A search that was killed is continued by running it again from its seed: what the strategy proposes is answered from the journal as long as
/// the answer is there, so that it sees the same questions and answers in the same order, and its next proposal is the one it would have made.
struct KnownTrials {
  /// Proposals of this very strategy and seed, answered when they are made again.
  private(set) var replay: [Point: Trial] = [:]
  /// Everything else (head starts, other strategies and seeds): told before the first proposal.
  private(set) var told: [Point: Trial] = [:]
  /// What the search was told when it began; nil where there is none to continue.
  private(set) var step: SearchStep?
  /// The latest served final over this space, and of the head start's final only that it was held.
  private(set) var served: Record?
  /// What was served last, also over another space: it defends its place.
  private(set) var incumbent: Configuration?

  /// - Parameter again: measure anew: only the incumbent is taken over.
  init(
    _ records: [StoredRecord], space: ProblemSpace, libraries: [String: String],
    identity: SessionIdentity, again: Bool
  ) {
    incumbent = records.last(where: { $0.record.served })?.record.configuration
    guard !again else { return }
    let current = records.map(\.record).filter {
      $0.provenance.space == space.signature && $0.provenance.libraries == libraries
    }
    served = current.last { $0.served }
    for record in current { take(record, space.tree, identity) }
  }

  private mutating func take(_ record: Record, _ tree: SpaceTree, _ identity: SessionIdentity) {
    guard let point = tree.space.point(of: record.configuration), tree.contains(point) else {
      return
    }
    let trial = Trial(
      relativeTime: record.relativeTime, wasRaced: record.proof?.holds == true,
      origin: record.origin)
    if record.stage == .final {
      if replay[point] == nil, told[point] == nil, record.relativeTime != nil {
        told[point] = trial
      }
    } else if let step = record.step, record.provenance.strategy == identity.strategy,
      record.provenance.seed == identity.seed
    {
      replay[point] = trial
      told[point] = nil
      if step.number < self.step?.number ?? .max { self.step = step }
    } else {
      told[point] = trial
    }
  }

  /// Everything, however it will be told.
  var all: [Point: Trial] { told.merging(replay) { $1 } }

  /// Was the problem tuned as far as the same command would go? A head start alone is not that.
  var isSettled: Bool { served.map { $0.search?.isOpen != true } ?? false }
}
