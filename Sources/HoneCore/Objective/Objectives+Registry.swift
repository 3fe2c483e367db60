// Objectives+Registry.swift: every objective, one row each; the first is the usual one.

public enum Objectives {
  public static let all: [any Objective.Type] = [
    TimeObjective.self,
    ThroughputObjective.self,
    EnergyObjective.self,
    EfficiencyObjective.self,
  ]

  /// - Throws: `HoneError` (`usage`) with the names that there are.
  public static func required(_ name: String) throws(HoneError) -> any Objective.Type {
    if let objective = named(name) { return objective }
    throw HoneError(
      .usage, "there is no objective '\(name)'",
      advice: "Choose one of: \(all.map { $0.name }.joined(separator: ", ")).")
  }

  public static func named(_ name: String) -> (any Objective.Type)? {
    all.first { $0.name == name }
  }
}
