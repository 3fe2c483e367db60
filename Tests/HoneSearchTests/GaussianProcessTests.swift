// GaussianProcessTests.swift: the model behind the surrogate, against values computed with NumPy, and its encoding of points.

import HoneCore
import HoneTesting
import Testing

@testable import HoneSearch

@Suite("Gaussian process")
struct GaussianProcessTests {
  private static let space = Space([
    StrategyFixtures.branch(
      "a", [StrategyFixtures.ordinal("x", 5), Parameter("k", ["p", "q"], kind: .categorical)]),
    StrategyFixtures.branch(
      "b", [Parameter("k", ["q", "r"], kind: .categorical), StrategyFixtures.ordinal("y", 3)]),
  ])

  @Test("points become the branch, ranks, words, and the middle for what a branch has not")
  func encoding() {
    let encoding = PointEncoding(Self.space)
    #expect(encoding.features.map(\.isCategorical) == [true, false, true, false])
    #expect(encoding.features(of: Point(branch: 0, indices: [3, 1])) == [0, 0.75, 1, 0.5])
    #expect(encoding.features(of: Point(branch: 1, indices: [0, 1])) == [1, 0.5, 1, 0.5])
    var table = FeatureTable(encoding)
    table.append([1, 0.5, 1, 0.25])
    table.append([0, 0.25, 0, 0.5])
    let distances = table.squaredDistances(to: [0, 0.75, 1, 0.5], weights: [1, 4, 3, 8])
    #expect(distances == [1.75, 4])
  }

  @Test("predictions and likelihood are those of the textbook's formulas")
  func reference() {
    var model = GaussianProcess(PointEncoding(Self.space))
    let inputs: [[Float]] = [
      [0, 0, 0, 0.5], [0, 0.25, 0, 0.5], [0, 1, 1, 0.5], [1, 0.5, 1, 0.5],
    ]
    for input in inputs { model.append(input) }
    let targets = [1.0, 0.5, -1, -0.25]
    let covariances = model.covariances([0, 0.5, 1, 0.5])
    let mean = zip(covariances, model.coefficients(for: targets)).reduce(0) {
      $0 + Double($1.0) * $1.1
    }
    #expect(abs(mean - -0.3524474858972425) < 1e-6)
    #expect(abs(model.variance(covariances) - 0.42111524252780586) < 1e-6)
    #expect(abs(model.logLikelihood(of: targets) - -0.5541360416385204) < 1e-6)
  }

  @Test("refitting finds that a feature does not matter, and repeated inputs do no harm")
  func refit() {
    let space = Space([
      StrategyFixtures.branch(
        "a", [StrategyFixtures.ordinal("x", 12), StrategyFixtures.ordinal("noise", 12)])
    ])
    let encoding = PointEncoding(space)
    var model = GaussianProcess(encoding)
    var generator = SeededGenerator(seed: 4)
    var targets: [Double] = []
    for _ in 0..<40 {
      let point = Point(branch: 0, indices: [generator.below(12), generator.below(12)])
      model.append(encoding.features(of: point))
      targets.append(Double((point.indices[0] - 7) * (point.indices[0] - 7)) / 20 - 0.7)
    }
    let before = model.logLikelihood(of: targets)
    model.refit(to: targets)
    #expect(model.logLikelihood(of: targets) > before)
    #expect(model.weights[1] > 8 * model.weights[2])
  }

  @Test("the model forgets when it grows too large, and goes on")
  func forgets() throws {
    let tree = try SpaceTree(
      Space([StrategyFixtures.branch("wide", [StrategyFixtures.ordinal("x", 5000)])]))
    var strategy = Surrogate(SearchTask(tree: tree, budget: 1000, seed: 1))
    for index in 0..<(Surrogate.memory + 5) {
      let point = try #require(tree.point(at: index * 3))
      strategy.tell(Evaluation(point: point, value: index % 7 == 0 ? nil : Double(index)))
    }
    var asked: Set<Point> = []
    for _ in 0..<30 {
      let next = strategy.ask()
      let point = try #require(next)
      #expect(asked.insert(point).inserted)
      strategy.tell(Evaluation(point: point, value: 1))
    }
  }
}
