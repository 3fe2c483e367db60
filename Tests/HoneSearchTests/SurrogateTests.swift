// SurrogateTests.swift: what the surrogate does beyond proposing well: failures, doubt, candidates that follow the model.

import HoneCore
import HoneTesting
import Testing

@testable import HoneSearch

@Suite("surrogate")
struct SurrogateTests {
  /// Half of the points fail: those where x and y are together too large, where the values would be best.
  private static func value(_ point: Point) -> Double? {
    let (x, y) = (point.indices[0], point.indices[1])
    return x + y > 14 ? nil : 40 - Double(x + y) + 0.5 * Double(point.indices[2])
  }

  @Test("it learns where configurations fail: far fewer of its proposals do than of all points")
  func failures() throws {
    let parameters = [("x", 16), ("y", 16), ("z", 6)].map { StrategyFixtures.ordinal($0.0, $0.1) }
    let tree = try SpaceTree(Space([StrategyFixtures.branch("v", parameters)]))
    let failing = tree.points.count { Self.value($0) == nil }
    #expect(failing * 10 > tree.count * 4)
    for seed in 1...3 as ClosedRange<UInt64> {
      var strategy = Surrogate(SearchTask(tree: tree, budget: 60, seed: seed))
      var failures = 0
      var best = Double.infinity
      for number in 0..<60 {
        let next = strategy.ask()
        let point = try #require(next)
        let value = Self.value(point)
        if number >= 20 && value == nil { failures += 1 }
        best = min(best, value ?? .infinity)
        strategy.tell(Evaluation(point: point, value: value))
      }
      #expect(failures <= 12, "\(failures) of 40 proposals failed")
      #expect(best <= 26.5)
    }
  }

  @Test("a plateau does not hold it: the only better region, told apart by nothing, is found")
  func plateau() throws {
    let parameters = [("x", 20), ("y", 20)].map { StrategyFixtures.ordinal($0.0, $0.1) }
    let tree = try SpaceTree(Space([StrategyFixtures.branch("v", parameters)]))
    var strategy = Surrogate(SearchTask(tree: tree, budget: 120, seed: 4))
    var best = 9.0
    for _ in 0..<120 {
      let next = strategy.ask()
      let point = try #require(next)
      let isBetter = point.indices[0] >= 16 && point.indices[1] >= 16
      strategy.tell(Evaluation(point: point, value: isBetter ? 1 : 2))
      if isBetter { best = 1 }
    }
    #expect(best == 1)
  }

  @Test("candidates know what the model computes afresh, whenever they and its inputs came")
  func pool() throws {
    let tree = StrategyFixtures.trees[2].tree
    let encoding = PointEncoding(tree.space)
    func candidate(_ number: Int) throws -> (number: Int, features: [Float]) {
      (number, encoding.features(of: try #require(tree.point(at: number))))
    }
    var model = GaussianProcess(encoding)
    var pool = CandidatePool(encoding)
    for number in 0..<9 {
      model.append(try candidate(number * 7).features)
      if number % 3 == 0 { pool.add([try candidate(number), try candidate(number + 40)], model) }
      if number % 4 == 1 { pool.extend(model) }
    }
    pool.extend(model)
    // Twice is once.
    pool.add([try candidate(3)], model)
    let targets = (0..<9).map { Double($0 % 4) - 1.5 }
    let coefficients = model.coefficients(for: targets)
    var seen: [Int] = []
    try pool.forEach(model.factor.solved(targets)) { number, mean, variance in
      seen.append(number)
      let covariances = model.covariances(try candidate(number).features)
      let expected = zip(covariances, coefficients).reduce(0.0) { $0 + Double($1.0) * $1.1 }
      #expect(abs(Double(mean) - expected) < 1e-3)
      #expect(abs(Double(variance) - model.variance(covariances)) < 1e-3)
    }
    #expect(seen.sorted() == [0, 3, 6, 40, 43, 46])
  }

  @Test("the exponential is the exponential")
  func exponentialFunction() {
    for (power, value) in [(0, 1), (-1, 0.36787944), (-0.5, 0.60653066), (-10, 4.539993e-5)]
      as [(Float, Float)]
    {
      #expect(abs(exponential(power) / value - 1) < 2e-6)
    }
    #expect(exponential(-1000) >= 0 && exponential(-1000) < 1e-30)
  }
}

@Suite("spread design")
struct SpreadDesignTests {
  @Test("points of a design are farther apart than random ones")
  func spread() throws {
    let parameters = (0..<3).map { StrategyFixtures.ordinal("p\($0)", 10) }
    let tree = try SpaceTree(Space([StrategyFixtures.branch("v", parameters)]))
    func closest(_ type: any Strategy.Type, _ seed: UInt64) -> Int {
      var strategy = type.init(SearchTask(tree: tree, budget: 12, seed: seed))
      let points = (0..<12).compactMap { _ in strategy.ask() }
      var least = Int.max
      for (place, a) in points.enumerated() {
        for b in points[..<place] {
          least = min(
            least, zip(a.indices, b.indices).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
        }
      }
      return least
    }
    let seeds = UInt64(1)...10
    let spread = seeds.reduce(0) { $0 + closest(SpaceFilling.self, $1) }
    let random = seeds.reduce(0) { $0 + closest(Random.self, $1) }
    #expect(spread > 2 * random)
  }
}
