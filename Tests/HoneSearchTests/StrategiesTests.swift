// StrategiesTests.swift: every strategy of the registry, by one checker; names and options that do not exist.

import HoneCore
import HoneTesting
import Testing

@testable import HoneSearch

@Suite("strategies")
struct StrategiesTests {
  @Test(
    "every strategy keeps to the rules", arguments: Strategies.all.map { $0.name })
  func conformance(_ name: String) throws {
    #expect(checkStrategy(try Strategies.type(named: name)) == [])
  }

  @Test("names are unique, and the default is one of them")
  func registry() throws {
    #expect(Set(Strategies.all.map { $0.name }).count == Strategies.all.count)
    #expect(try Strategies.type(named: Strategies.fallback).name == Strategies.fallback)
  }

  private static func task(_ options: [String: Double] = [:]) throws(HoneError) -> SearchTask {
    try SearchTask(
      space: StrategyFixtures.spaces[2].space, budget: 20, seed: 1, options: options)
  }

  @Test("an unknown name is refused with the names that exist")
  func unknownName() throws {
    let task = try Self.task()
    let error = #expect(throws: HoneError.self) { try Strategies.make(name: "lucky", task: task) }
    #expect(error?.code == .usage)
    #expect(error?.message.contains("'lucky'") == true)
    for type in Strategies.all { #expect(error?.advice.contains(type.name) == true) }
  }

  @Test("options that do not exist and values out of range are refused")
  func options() throws {
    let unknown = try Self.task(["speed": 2])
    let error = #expect(throws: HoneError.self) {
      try Strategies.make(name: "local", task: unknown)
    }
    #expect(error?.advice == "It has: initial, kick, restart.")
    #expect(throws: HoneError.self) { try Strategies.make(name: "random", task: unknown) }
    let tooLarge = try Self.task(["kick": 1000])
    #expect(throws: HoneError.self) { try Strategies.make(name: "local", task: tooLarge) }
    let notANumber = try Self.task(["kick": .nan])
    #expect(throws: HoneError.self) { try Strategies.make(name: "local", task: notANumber) }
    let fine = try Self.task(["kick": 5])
    var strategy = try Strategies.make(name: "local", task: fine)
    #expect(strategy.ask() != nil)
  }

  @Test("a space whose constraints are wrong is refused when the task is made")
  func wrongSpace() {
    let branch = Branch(
      backend: "b", variant: "v", parameters: [Parameter("x", [1, 2])],
      constraints: [Constraint("?", over: ["y"]) { _ in true }], defaults: [0])
    #expect(throws: HoneError.self) {
      try SearchTask(space: Space([branch]), budget: 1, seed: 1)
    }
  }
}

@Suite("strategies: quality")
struct StrategyQualityTests {
  /// Best value after `budget` evaluations, mean over seeds.
  private static func meanBest(_ name: String, _ tree: SpaceTree, budget: Int) throws -> Double {
    let seeds = UInt64(1)...8
    var sum = 0.0
    for seed in seeds {
      var strategy = try Strategies.make(
        name: name, task: SearchTask(tree: tree, budget: budget, seed: seed))
      var best = Double.infinity
      for _ in 0..<budget {
        guard let point = strategy.ask() else { break }
        let value = StrategyFixtures.value(of: point, in: tree)
        best = min(best, value ?? .infinity)
        strategy.tell(Evaluation(point: point, value: value))
      }
      sum += best
    }
    return sum / Double(seeds.count)
  }

  @Test(
    "a strategy that learns beats random search on a smooth space",
    arguments: Strategies.all.map { $0.name }.filter {
      !["random", "exhaustive", "space-filling"].contains($0)
    })
  func beatsRandom(_ name: String) throws {
    let parameters = (0..<4).map { StrategyFixtures.ordinal("p\($0)", 12) }
    let tree = try SpaceTree(Space([StrategyFixtures.branch("smooth", parameters)]))
    let random = try Self.meanBest("random", tree, budget: 60)
    #expect(try Self.meanBest(name, tree, budget: 60) < random)
  }

  @Test("auto tries a tiny space in order")
  func autoIsExhaustive() throws {
    let parameter = StrategyFixtures.ordinal("x", Auto.tiny)
    let tree = try SpaceTree(Space([StrategyFixtures.branch("tiny", [parameter])]))
    var strategy = Auto(SearchTask(tree: tree, budget: 3, seed: 9))
    let asked = (0..<tree.count).compactMap { _ in strategy.ask() }
    #expect(asked == Array(tree.points))
  }

  @Test("a budget that is said to be huge does not make the surrogate start at random for long")
  func hugeBudget() throws {
    let parameters = (0..<4).map { StrategyFixtures.ordinal("p\($0)", 12) }
    let tree = try SpaceTree(Space([StrategyFixtures.branch("smooth", parameters)]))
    func best(_ strategy: inout some Strategy) -> Double {
      var best = Double.infinity
      for _ in 0..<50 {
        guard let point = strategy.ask() else { break }
        let value = StrategyFixtures.value(of: point, in: tree) ?? .infinity
        best = min(best, value)
        strategy.tell(Evaluation(point: point, value: value))
      }
      return best
    }
    var informed = Auto(SearchTask(tree: tree, budget: 50, seed: 2))
    var misled = Auto(SearchTask(tree: tree, budget: 1_000_000, seed: 2))
    var random = Random(SearchTask(tree: tree, budget: 50, seed: 2))
    let mark = best(&random)
    #expect(best(&informed) < mark)
    #expect(best(&misled) < mark)
  }
}

@Suite("ledger")
struct LedgerTests {
  @Test("a lazy permutation is one, and each order of three is as frequent as any other")
  func permutation() {
    var generator = SeededGenerator(seed: 3)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      var permutation = LazyPermutation(count: 3)
      var order: [Int] = []
      while let next = permutation.next(using: &generator) { order.append(next) }
      counts[order, default: 0] += 1
    }
    #expect(counts.count == 6)
    // Binomial: 1000 ± 29; five deviations.
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 145 })
    var long = LazyPermutation(count: 500)
    var seen: Set<Int> = []
    while let next = long.next(using: &generator) { seen.insert(next) }
    #expect(seen == Set(0..<500))
  }

  @Test("failures and NaN are never the best")
  func best() throws {
    let tree = StrategyFixtures.trees[1].tree
    var ledger = Ledger(SearchTask(tree: tree, budget: 5, seed: 1))
    for (index, value) in [(0, nil), (1, Double.nan), (2, 4), (3, 9)] as [(Int, Double?)] {
      ledger.note(Evaluation(point: try #require(tree.point(at: index)), value: value))
    }
    #expect(ledger.best?.index == 2 && ledger.best?.value == 4)
    #expect(ledger.toldCount == 4)
  }
}
