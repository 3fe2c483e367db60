// TimeObjective.swift: seconds for one execution.

public enum TimeObjective: Objective {
  public static let name = "time"
  public static let summary = "seconds for one execution"
  public static let unit = "s"
  public static let isMaximised = false
  public static let quantity = Quantity.time

  public static func value(of facts: ObjectiveFacts) -> Double? { facts.seconds }
}
