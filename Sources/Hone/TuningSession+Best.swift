// TuningSession+Best.swift: keeps best.json in step with the journals while a session runs.

internal import HoneDatabase

extension TuningSession {
  /// The least time between two derivations, in durations of the last one: more than a fiftieth of a session is not worth it.
  private static let rest = 50.0

  /// Derives best.json from all journals, which takes as long as they are big: after a final, but not at once after the last time, and at
  /// the end of the session. Of one that is killed between, the journal has everything, and the next one derives it.
  func refreshBest(isLast: Bool = false) throws {
    let now = deadline.secondsUsed
    if !isLast, let last = refreshed, now - last.at < Self.rest * last.seconds { return }
    let (_, seconds) = try ledger.timed { try writer.refreshBest() }
    ledger.add(.journal, seconds)
    refreshed = (deadline.secondsUsed, seconds)
  }
}
