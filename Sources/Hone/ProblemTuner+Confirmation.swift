// ProblemTuner+Confirmation.swift: a second final at another time and on fresh operands, because one final shows one moment.

internal import HoneCore
internal import HoneDatabase

extension ProblemTuner {
  /// Is there anything to show again: a claimed win, or candidates that looked faster and were not shown to be?
  var needsConfirmation: Bool { outcome.isNew && !confirmationNominees.isEmpty }

  /// What wins because of where its operands lay, or because the host was disturbed for a while, does not win again. A claim that is not
  /// shown again is not served.
  /// - Parameter isLast: all blocks so far are one final then, whose winner is served.
  func confirm(seconds: Double, isLast: Bool) throws {
    guard let earlier = servedBySession, let end = earlier.search else { return }
    let deadline = Deadline(in: seconds, clock: session.instruments.clock)
    let bench = try open()
    defer { close() }
    report(.final)
    let block = ConfirmationBlock(earlier: earlier, isLast: isLast)
    try hold(confirmationNominees, bench, deadline, end, confirming: block)
    if isLast { report(.done(speedup: outcome.served?.speedup)) }
  }

  /// The served one alone, so that nobody else takes its place for want of time; where the default is served, the two that looked best.
  private var confirmationNominees: [Configuration] {
    guard let served = outcome.served, served.isDefault else { return nominees([], 0) }
    let faster = standing.prefix { $0.relativeTime < 1 - served.noiseFloor }.prefix(2)
    return faster.map { problemSpace.space.configuration(at: $0.point) }
  }
}

/// One of several short finals, each with other operands at another time, that confirm together what an earlier one served.
struct ConfirmationBlock {
  let earlier: Record
  let isLast: Bool
}

extension Record {
  /// What a second final makes of the first.
  mutating func note(confirmationOf earlier: Record) {
    let claim = earlier.againstDefault.map {
      "\(Int((100 * ($0.speedup - 1)).rounded())) % faster"
    }
    if configuration == earlier.configuration {
      if tied == nil, let before = earlier.tied { (tied, detail) = (before, earlier.detail) }
      if let claim { detail = Self.joined(detail, "shown again, \(claim) the time before") }
    } else if let claim {
      detail = Self.joined(
        detail, "\(earlier.configuration.key) was once \(claim), and not again")
    }
  }

  private static func joined(_ one: String, _ other: String) -> String {
    one.isEmpty ? other : "\(one); \(other)"
  }
}
