// TuningSession+Confirmation.swift: the end of a session, in which every claim must be shown once more.

internal import HoneOperations

extension TuningSession {
  /// Of the budget, at most.
  private static let confirmationShare = 0.15
  /// Each claim is measured in so many blocks, where the time allows: other operands, another time.
  private static let mostBlocks = 4

  /// Seconds to keep for showing again what is claimed.
  var confirmationReserve: Double {
    let needed = tuners.filter(\.needsConfirmation).reduce(0) { $0 + blockSeconds($1) }
    return min(
      Double(Self.mostBlocks) * needed, Self.confirmationShare * options.budgetSeconds)
  }

  /// Second finals, in rounds of one block for each claim; where the time is not enough for all, the cheapest have theirs.
  func confirm() throws {
    var waiting = tuners.filter(\.needsConfirmation).sorted {
      (blockSeconds($0), $0.position) < (blockSeconds($1), $1.position)
    }
    while needed(waiting) > confirmationSecondsLeft, !waiting.isEmpty { waiting.removeLast() }
    guard !waiting.isEmpty else { return }
    let blocks = Int(confirmationSecondsLeft / max(needed(waiting), 1e-3))
    for block in (0..<min(max(blocks, 1), Self.mostBlocks)).reversed() {
      OperandMemory.renew()
      // What a block takes is known better after each of them.
      let left = confirmationSecondsLeft < 2 * needed(waiting) ? 0 : block
      for (index, tuner) in waiting.enumerated() where !interrupted() {
        let ahead = needed(Array(waiting[index...])) + Double(left) * needed(waiting)
        let share = confirmationSecondsLeft * blockSeconds(tuner) / ahead
        try tuner.confirm(
          seconds: max(share, blockSeconds(tuner)) - tuner.openingSeconds, isLast: left == 0)
      }
      if left == 0 { return }
    }
  }

  private var confirmationSecondsLeft: Double { secondsToEnd - limitReserve }

  /// Seconds for one block of each.
  private func needed(_ tuners: [ProblemTuner]) -> Double {
    tuners.reduce(0) { $0 + blockSeconds($1) }
  }

  private func blockSeconds(_ tuner: ProblemTuner) -> Double {
    tuner.openingSeconds + finalSeconds(tuner)
  }
}
