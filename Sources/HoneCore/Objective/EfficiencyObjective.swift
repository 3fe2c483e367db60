// EfficiencyObjective.swift: arithmetic for the energy that it takes.

public enum EfficiencyObjective: Objective {
  public static let name = "efficiency"
  public static let summary =
    "floating-point operations a second for each watt beyond the idle machine's"
  public static let unit = "flop/s/W"
  public static let isMaximised = true
  public static let quantity = Quantity.energy

  /// flop/s over J/s: the seconds cancel.
  public static func value(of facts: ObjectiveFacts) -> Double? {
    guard let joules = facts.joules, joules > 0, facts.flops > 0 else { return nil }
    return facts.flops / joules
  }
}
