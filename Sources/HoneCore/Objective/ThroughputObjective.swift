// ThroughputObjective.swift: arithmetic done in a second.

public enum ThroughputObjective: Objective {
  public static let name = "throughput"
  public static let summary = "floating-point operations a second"
  public static let unit = "flop/s"
  public static let isMaximised = true
  public static let quantity = Quantity.time

  public static func value(of facts: ObjectiveFacts) -> Double? {
    facts.seconds > 0 && facts.flops > 0 ? facts.flops / facts.seconds : nil
  }
}
