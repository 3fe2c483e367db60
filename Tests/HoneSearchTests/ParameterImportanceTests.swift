// ParameterImportanceTests.swift: rankings on functions whose decomposition is known.

import HoneCore
import HoneTesting
import Testing

@testable import HoneSearch

@Suite("parameter importance")
struct ParameterImportanceTests {
  private static let levels = 9
  private static let names = ["a", "b", "c", "d"]

  private static func tree(_ constraints: [Constraint] = []) throws -> SpaceTree {
    let parameters = names.map { StrategyFixtures.ordinal($0, levels) }
    return try SpaceTree(Space([StrategyFixtures.branch("v", parameters, constraints)]))
  }

  /// Evaluations at random points; each coordinate goes from −1 to 1.
  private static func ranking(
    _ tree: SpaceTree, count: Int = 60, _ logTime: ([Double]) -> Double?
  ) -> [String: ParameterImportance] {
    var generator = SeededGenerator(seed: 7)
    let evaluations = (0..<count).compactMap { _ in tree.draw(using: &generator) }.map { point in
      let x = point.indices.map { 2 * Double($0) / Double(levels - 1) - 1 }
      return Evaluation(point: point, value: logTime(x).map(power))
    }
    let ranking = ParameterImportance.ranking(tree: tree, evaluations: evaluations)
    #expect(ranking.map(\.share) == ranking.map(\.share).sorted(by: >))
    for row in ranking { #expect(row.share >= row.mainEffect && row.mainEffect >= 0) }
    return Dictionary(uniqueKeysWithValues: ranking.map { ($0.parameter, $0) })
  }

  /// Log times in tenths: what is ranked is relative.
  private static func power(_ logTime: Double) -> Double {
    var value = 1.0
    for _ in 0..<20 { value *= 1 + logTime / 20 }
    return value
  }

  @Test("one parameter that matters has all of the variance, the others none")
  func single() throws {
    let shares = Self.ranking(try Self.tree()) { $0[1] }
    #expect(shares.count == 4)
    #expect(try #require(shares["b"]).mainEffect > 0.95)
    for name in ["a", "c", "d"] { #expect(try #require(shares[name]).share < 0.03) }
  }

  @Test("without interactions, shares are those of the squares of the slopes and add up to one")
  func additive() throws {
    let shares = Self.ranking(try Self.tree()) { 0.6 * $0[0] + 0.3 * $0[2] }
    #expect(abs(try #require(shares["a"]).share - 0.8) < 0.06)
    #expect(abs(try #require(shares["c"]).share - 0.2) < 0.06)
    #expect(abs(shares.values.reduce(0) { $0 + $1.share } - 1) < 0.08)
    for share in shares.values { #expect(share.interactions < 0.05) }
  }

  @Test("what only matters together is interaction, and counts for both")
  func interaction() throws {
    let shares = Self.ranking(try Self.tree(), count: 90) { $0[0] * $0[3] }
    for name in ["a", "d"] {
      let row = try #require(shares[name])
      #expect(row.mainEffect < 0.1 && row.interactions > 0.85)
    }
    for name in ["b", "c"] { #expect(try #require(shares[name]).share < 0.1) }
  }

  @Test("constraints and failures do not hide what matters")
  func constrained() throws {
    let few = Constraint("a · b ≤ 30", over: ["a", "b"]) {
      ($0[0].int ?? 0) * ($0[1].int ?? 0) <= 30
    }
    let shares = Self.ranking(try Self.tree([few]), count: 80) { x in
      x[3] > 0.8 ? nil : 0.7 * x[1] + 0.1 * x[2]
    }
    #expect(try #require(shares["b"]).share > 0.85)
    let (c, d) = (try #require(shares["c"]), try #require(shares["d"]))
    #expect(c.share > d.share)
  }

  @Test("words and the choice of a branch count; a parameter that few branches have counts little")
  func branches() throws {
    let place = Parameter("place", ["near", "far", "spread"], kind: .categorical)
    let tree = try SpaceTree(
      Space([
        StrategyFixtures.branch("one", [StrategyFixtures.ordinal("x", 6), place]),
        StrategyFixtures.branch("two", [place]),
      ]))
    func ranking(_ value: (Point) -> Double) -> [ParameterImportance] {
      ParameterImportance.ranking(
        tree: tree, evaluations: tree.points.map { Evaluation(point: $0, value: value($0)) })
    }
    let words = ranking { $0.indices[$0.branch == 0 ? 1 : 0] == 1 ? 2 : 1 }
    #expect(words.first?.parameter == "place" && words.first?.mainEffect ?? 0 > 0.9)
    let variants = ranking { $0.branch == 0 ? 2 : 1 }
    #expect(variants.first?.parameter == ParameterImportance.variantName)
    #expect(Set(variants.map(\.parameter)) == ["x", "place", ParameterImportance.variantName])
  }

  @Test("too few answers, equal answers and nothing but failures give no ranking")
  func nothingToSay() throws {
    let tree = try Self.tree()
    func ranking(_ values: [Double?]) -> [ParameterImportance] {
      let evaluations = zip(tree.points, values).map { Evaluation(point: $0, value: $1) }
      return ParameterImportance.ranking(tree: tree, evaluations: evaluations)
    }
    #expect(ranking([]).isEmpty)
    #expect(ranking([1, 2, 3, 4]).isEmpty)
    #expect(ranking(Array(repeating: 3, count: 20)).isEmpty)
    #expect(ranking(Array(repeating: nil, count: 20)).isEmpty)
    #expect(ranking([.nan, .infinity, 1, 2, 3, nil, 4]).isEmpty)
    #expect(!ranking([.nan, 1, 2, 3, 4, 5]).isEmpty)
    // Values that are not positive are ranked as they are.
    #expect(!ranking([-1, 0, 1, 2, 3]).isEmpty)
  }

  @Test("the same evaluations give the same ranking")
  func deterministic() throws {
    let tree = try Self.tree()
    let evaluations = Self.steps(tree, count: 30)
    let first = ParameterImportance.ranking(tree: tree, evaluations: evaluations)
    #expect(first == ParameterImportance.ranking(tree: tree, evaluations: evaluations))
    #expect(first.first?.parameter == "c")
  }

  @Test("of more answers than the model keeps, it learns from all parts")
  func memory() throws {
    let tree = try Self.tree()
    let model = try #require(ImportanceModel(tree, Self.steps(tree, count: 95), memory: 30))
    #expect(model.count == 24)
    let means = (0..<Self.levels).map { model.mean(at: Point(branch: 0, indices: [4, 4, $0, 4])) }
    #expect(means == means.sorted())
  }

  private static func steps(_ tree: SpaceTree, count: Int) -> [Evaluation] {
    var generator = SeededGenerator(seed: 2)
    return (0..<count).compactMap { _ in tree.draw(using: &generator) }.map {
      Evaluation(point: $0, value: 1 + Double($0.indices[2]))
    }
  }
}
