// Strategies+Registry.swift: all strategies by name; help, listing and tests iterate this table.

public import HoneCore

public enum Strategies {
  /// One row a strategy, the default first.
  public static let all: [any Strategy.Type] = [
    Auto.self,
    Exhaustive.self,
    Random.self,
    SpaceFilling.self,
    Local.self,
    Annealing.self,
    Genetic.self,
    DifferentialEvolution.self,
    ParticleSwarm.self,
    SuccessiveHalving.self,
    Surrogate.self,
    Bandit.self,
  ]

  /// What is used where nobody chose.
  public static let fallback = Auto.name

  public static func type(named name: String) throws(HoneError) -> any Strategy.Type {
    guard let match = all.first(where: { $0.name == name }) else {
      throw HoneError(
        .usage, "there is no strategy '\(name)'",
        advice: "Choose one of: \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return match
  }

  /// A strategy for a task. Throws for a name, an option or an option's value that does not exist, and says what does.
  public static func make(name: String, task: SearchTask) throws(HoneError) -> any Strategy {
    let match = try type(named: name)
    for (option, value) in task.options.sorted(by: { $0.key < $1.key }) {
      try check(option, value, of: match)
    }
    return match.init(task)
  }

  private static func check(_ name: String, _ value: Double, of type: any Strategy.Type)
    throws(HoneError)
  {
    guard let option = type.options.first(where: { $0.name == name }) else {
      let known = type.options.map(\.name)
      throw HoneError(
        .usage, "the strategy '\(type.name)' has no option '\(name)'",
        advice: known.isEmpty
          ? "It has none." : "It has: \(known.joined(separator: ", ")).")
    }
    guard option.range.contains(value) else {
      throw HoneError(
        .usage, "the option '\(name)' of '\(type.name)' cannot be \(value)",
        advice: "Give \(option.range.lowerBound) … \(option.range.upperBound): \(option.summary).")
    }
  }
}
