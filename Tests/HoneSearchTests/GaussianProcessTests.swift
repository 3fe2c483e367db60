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

  @Test("points become the branch, ranks, words, and a mark for what a branch has not")
  func encoding() {
    let encoding = PointEncoding(Self.space)
    #expect(encoding.isCategorical == [true, false, true, false])
    #expect(encoding.features(of: Point(branch: 0, indices: [3, 1])) == [0, 0.75, 1, -1])
    #expect(encoding.features(of: Point(branch: 1, indices: [0, 1])) == [1, -1, 1, 0.5])
    let distances = encoding.squaredDistances(
      [0, 0.75, 1, -1], [1, -1, 1, 0.5, 0, 0.25, 0, -1], weights: [1, 4, 3, 7])
    #expect(distances == [1, 4])
  }

  @Test("predictions and likelihood are those of the textbook's formulas")
  func reference() {
    var model = GaussianProcess(PointEncoding(Self.space))
    let inputs: [[Double]] = [[0, 0, 0, -1], [0, 0.25, 0, -1], [0, 1, 1, -1], [1, -1, 1, 0.5]]
    for input in inputs { model.append(input) }
    let targets = [1.0, 0.5, -1, -0.25]
    let covariances = model.covariances([0, 0.5, 1, -1])
    let mean = zip(covariances, model.coefficients(for: targets)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(mean - -0.3250671719662376) < 1e-9)
    #expect(abs(model.variance(covariances) - 0.5424394856061174) < 1e-9)
    #expect(abs(model.logLikelihood(of: targets) - (-0.3916244303059516)) < 1e-9)
  }

  @Test("refitting finds that a feature does not matter, and repeated inputs do no harm")
  func refit() {
    let space = Space([
      StrategyFixtures.branch(
        "a", [StrategyFixtures.ordinal("x", 12), StrategyFixtures.ordinal("noise", 12)])
    ])
    var model = GaussianProcess(PointEncoding(space))
    var generator = SeededGenerator(seed: 4)
    var targets: [Double] = []
    for _ in 0..<40 {
      let point = Point(branch: 0, indices: [generator.below(12), generator.below(12)])
      model.append(model.encoding.features(of: point))
      targets.append(Double((point.indices[0] - 7) * (point.indices[0] - 7)) / 20 - 0.7)
    }
    let before = model.logLikelihood(of: targets)
    model.refit(to: targets)
    #expect(model.logLikelihood(of: targets) > before)
    #expect(model.weights[1] > 20 * model.weights[2])
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
