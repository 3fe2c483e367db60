// EnergyObjective.swift: joules for one execution.

public enum EnergyObjective: Objective {
  public static let name = "energy"
  public static let summary = "joules for one execution, beyond what the idle machine draws"
  public static let unit = "J"
  public static let isMaximised = false
  public static let quantity = Quantity.energy

  public static func value(of facts: ObjectiveFacts) -> Double? { facts.joules }
}
