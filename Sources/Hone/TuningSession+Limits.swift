// TuningSession+Limits.swift: the machine's limits, within a small part of the budget; what did not fit is measured by the next session.

internal import HoneCore
internal import HoneDatabase
internal import HoneMeasure

extension TuningSession {
  /// The share of the budget that measuring limits may take, before and after tuning together; the second time gets what the first took.
  private static let share = 0.08

  /// Limits that a database has already are enough to begin with.
  func measureMissingLimits() throws {
    costs.limits = database?[identity.hardwareClass]?.host?.limits
    guard costs.limits == nil else { return }
    try measureLimits(seconds: Self.share / 2 * options.budgetSeconds)
  }

  /// Seconds to keep for measuring limits again at the end.
  var limitReserve: Double {
    let share = Self.share / 2 * options.budgetSeconds
    return limitSeconds > 0 ? min(limitSeconds, share) : share
  }

  /// Measures the machine's limits and keeps, of each limit, the best that was ever seen: neighbours only make them smaller. What would
  /// last longer than `seconds` is not begun.
  func measureLimits(seconds: Double) throws {
    guard seconds > 0 else { return }
    report(.limits, position: 0, title: "limits of this machine", best: nil)
    let end = Deadline(in: seconds, clock: instruments.clock)
    var (limits, took) = try ledger.timed {
      try LimitProbes(context: context, instruments: instruments).measure(
        known: costs.limits, deadline: end, costs: &limitCosts, interrupted: interrupted,
        time: SessionIdentity.now())
    }
    ledger.add(.kernels, took)
    limitSeconds = took
    let known = (try? Database(path: options.database))?[identity.hardwareClass]?.host?.limits
    if let known { limits = known.merging(limits) }
    guard !limits.limits.isEmpty || known == nil else { return }
    costs.limits = limits
    try writer.writeHost(
      hardware: try context.hardwareFacts, limits: limits,
      tool: "hone \(toolVersion)")
  }
}
