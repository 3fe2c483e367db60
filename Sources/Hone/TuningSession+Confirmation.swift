// TuningSession+Confirmation.swift: the end of a session, in which every claim must be shown once more.

internal import HoneOperations

extension TuningSession {
  /// Of the budget, at most.
  private static let confirmationShare = 0.15

  /// Seconds to keep for showing again what is claimed.
  var confirmationReserve: Double {
    let needed = tuners.filter(\.needsConfirmation).reduce(0) { $0 + confirmationSeconds($1) }
    return min(needed, Self.confirmationShare * options.budgetSeconds)
  }

  /// Second finals, the cheapest first, each with its share of the time that is left.
  func confirm() throws {
    var waiting = tuners.filter(\.needsConfirmation).sorted {
      (confirmationSeconds($0), $0.position) < (confirmationSeconds($1), $1.position)
    }
    OperandMemory.renew()
    while !interrupted(), let tuner = waiting.first {
      waiting.removeFirst()
      let left = secondsToEnd - limitReserve
      guard confirmationSeconds(tuner) <= left else { return }
      let all = confirmationSeconds(tuner) + waiting.reduce(0) { $0 + confirmationSeconds($1) }
      let share = left * confirmationSeconds(tuner) / all
      try tuner.confirm(seconds: max(share, confirmationSeconds(tuner)) - tuner.openingSeconds)
    }
  }

  private func confirmationSeconds(_ tuner: ProblemTuner) -> Double {
    tuner.openingSeconds + finalSeconds(tuner)
  }
}
