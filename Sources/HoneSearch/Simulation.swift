// Simulation.swift: replays a strategy on a recorded space many times, and scores it against random search.

internal import Glibc
public import HoneCore

/// How a simulation is run.
public struct SimulationOptions: Sendable, Hashable {
  /// Evaluations of one run. Failures count, too.
  public var evaluations = 200
  /// Runs, with the seeds 1, 2, 3 …, each from a fresh strategy.
  public var repeats = 200
  /// Multiplies each answer by 1 + N(0, the recorded deviation); what counts is the true value of the configuration with the best answer.
  public var isNoisy = false
  public var options: [String: Double] = [:]

  public init() {}
}

/// How well a strategy did on a space.
public struct SimulationScore: Sendable, Hashable, Codable {
  public var space: String
  public var strategy: String
  public var repeats: Int
  /// Mean over t = 2 … evaluations of (R(t) − F(t)) / (R(t) − optimum), where F is the strategy's mean best value after t evaluations
  /// and R that of random search without replacement, exactly: 0 is random search, 1 the optimum at once. The name keeps 200,
  /// the usual number of evaluations.
  public var p200: Double
  public var p200StandardError: Double
  /// Mean of optimum / best, after 25, 50, 100 and 200 evaluations (as far as there were so many).
  public var at: [String: Double]
  /// Share of runs within 5 % of the optimum, at the same places.
  public var within5: [String: Double]

  enum CodingKeys: String, CodingKey {
    case space, strategy, repeats, p200, at, within5
    case p200StandardError = "p200_stderr"
  }
}

public enum Simulation {
  /// Scores one strategy on one space.
  public static func run(
    strategy name: String, on space: RecordedSpace, _ options: SimulationOptions = .init()
  ) throws(HoneError) -> SimulationScore {
    var runs: [[Double]] = []
    for seed in 1...UInt64(max(1, options.repeats)) {
      let task = SearchTask(
        tree: space.tree, budget: options.evaluations, seed: seed, options: options.options)
      var strategy = try Strategies.make(name: name, task: task)
      runs.append(trajectory(&strategy, on: space, options, seed: seed))
    }
    return score(name, space, runs)
  }

  /// The true value of what would be served after each evaluation. Before anything worked that is the worst recorded value. A strategy
  /// that ends early keeps its last one.
  static func trajectory(
    _ strategy: inout any Strategy, on space: RecordedSpace, _ options: SimulationOptions,
    seed: UInt64
  ) -> [Double] {
    var noise = SeededGenerator(seed: seed ^ 0x5EED_0F_A015E)
    var served = space.values.compactMap { $0 }.max() ?? .nan
    var bestAnswer = Double.infinity
    var result: [Double] = []
    while result.count < options.evaluations, let point = strategy.ask() {
      let index = space.tree.index(of: point)
      let truth = index.flatMap { space.values[$0] }
      var answer = truth
      if options.isNoisy, let index, let truth {
        answer = truth * (1 + space.deviations[index] * noise.normal())
      }
      if let answer, let truth, answer < bestAnswer { (bestAnswer, served) = (answer, truth) }
      strategy.tell(Evaluation(point: point, value: answer))
      result.append(served)
    }
    return result + Array(repeating: served, count: max(0, options.evaluations - result.count))
  }

  private static func score(_ name: String, _ space: RecordedSpace, _ runs: [[Double]])
    -> SimulationScore
  {
    let optimum = space.optimum
    let evaluations = runs.first?.count ?? 0
    let random = expectedRandom(space, evaluations: evaluations)
    // Where random search has found the optimum, too, nothing is left to gain.
    let counted = (1..<max(1, evaluations)).filter { random[$0] - optimum > 1e-12 * abs(optimum) }
    let scores = runs.map { run in
      counted.reduce(0) { $0 + (random[$1] - run[$1]) / (random[$1] - optimum) }
        / Double(max(1, counted.count))
    }
    let mean = scores.reduce(0, +) / Double(runs.count)
    let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let places = [25, 50, 100, 200].filter { $0 <= evaluations }
    func share(_ value: (Double) -> Double) -> [String: Double] {
      let pairs = places.map { place in
        ("\(place)", runs.reduce(0) { $0 + value($1[place - 1]) } / Double(runs.count))
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    return SimulationScore(
      space: space.name, strategy: name, repeats: runs.count, p200: mean,
      p200StandardError: (squares / Double(max(1, runs.count - 1)) / Double(runs.count))
        .squareRoot(),
      at: share { optimum / $0 }, within5: share { $0 <= optimum * 1.05 ? 1 : 0 })
  }

  /// The exact expectation of the best value after 1, 2, 3 … draws without replacement. Failures are drawn, too, and rank as the worst value.
  static func expectedRandom(_ space: RecordedSpace, evaluations: Int) -> [Double] {
    let count = space.tree.count
    let worst = space.values.compactMap { $0 }.max() ?? .nan
    let sorted = space.values.map { $0 ?? worst }.sorted()
    return (1...max(1, evaluations)).map { draws in
      guard draws < count else { return sorted[0] }
      // P(the best is sorted[rank]) = C(count − rank − 1, draws − 1) / C(count, draws), from one rank to the next.
      var probability = Double(draws) / Double(count)
      var mean = 0.0
      for rank in 0...(count - draws) {
        mean += probability * sorted[rank]
        let left = Double(count - rank - 1)
        if left > 0 { probability *= (left - Double(draws) + 1) / left }
      }
      return mean
    }
  }
}
