// Surrogate.swift: the strategy that learns a model of the space and tries where the model expects the most improvement.

internal import Glibc
public import HoneCore

/// Start points and some random ones first. Then a Gaussian process is fitted to the logarithms of the values, and the next point is the one with
/// the largest expected improvement among random points and neighbours of the best ones. Points whose answers are pending
/// count as if they gave what the model expects, so that a batch spreads. A failure counts as the worst value: the model learns to
/// stay away.
///
/// Costs O(n²) a proposal for n answers; of these the model keeps some hundred, the best and the latest.
public struct Surrogate: Strategy {
  public static let name = "surrogate"
  public static let summary = "expected improvement under a Gaussian process of the values"
  public static let options = [initial, pool]

  static let initial = StrategyOption(
    "initial", "random points before the model is used, as a share of the budget", default: 0.1,
    in: 0...1)
  static let pool = StrategyOption(
    "pool", "random points that are considered for a proposal", default: 200, in: 1...100_000)

  /// Answers in the model at most.
  static let memory = 300

  private var ledger: Ledger
  private var initialLeft: Int
  private let poolSize: Int
  private let encoding: PointEncoding
  private var model: GaussianProcess
  /// Numbers of the model's inputs, in their order.
  private var members: [Int] = []
  /// What the model expects of pending points.
  private var expected: [Int: Double] = [:]
  private var nextRefit = 6

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    initialLeft = max(3, task.initialPoints(share: task.value(of: Self.initial)))
    poolSize = Int(task.value(of: Self.pool))
    encoding = PointEncoding(task.space)
    model = GaussianProcess(encoding)
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextStart() { return point }
    if initialLeft > 0 {
      initialLeft -= 1
      return ledger.nextFresh()
    }
    return mostPromising() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    guard let index = ledger.note(evaluation) else { return }
    if expected.removeValue(forKey: index) == nil {
      members.append(index)
      model.append(encoding.features(of: evaluation.point))
    }
  }

  /// Keeps the model small: pending points, the best third and the latest third of `memory` stay.
  private mutating func forgetSome() {
    guard members.count >= Self.memory else { return }
    let told = members.filter { expected[$0] == nil }
    let good = told.compactMap { index in (ledger.values[index] ?? nil).map { (index, $0) } }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(Self.memory / 3).map(\.0)
    let kept = Set(good).union(told.suffix(Self.memory / 3)).union(expected.keys)
    members = members.filter(kept.contains)
    let inputs = members.compactMap(ledger.tree.point(at:)).map(encoding.features)
    model.replaceInputs(inputs)
    nextRefit = Self.memory
  }

  private mutating func mostPromising() -> Point? {
    guard ledger.best != nil else { return nil }
    forgetSome()
    let targets = standardisedTargets()
    if members.count >= nextRefit {
      model.refit(to: targets)
      nextRefit = members.count * 3 / 2
    }
    let lowest = members.indices.filter { expected[members[$0]] == nil }.map { targets[$0] }.min()
    var best: (index: Int, gain: Double, mean: Double)?
    for candidate in shortlist(targets, lowest: lowest ?? 0) {
      let gain = Self.improvement(
        below: lowest ?? 0, mean: candidate.mean,
        deviation: model.variance(candidate.covariances).squareRoot())
      if gain > best?.gain ?? -1 { best = (candidate.index, gain, candidate.mean) }
    }
    guard let best, let point = ledger.propose(best.index) else { return nil }
    expected[best.index] = best.mean
    members.append(best.index)
    model.append(encoding.features(of: point))
    return point
  }

  private struct Candidate {
    var index: Int
    var mean: Double
    /// A guess at the expected improvement.
    var promise: Double
    var covariances: [Double]
  }

  /// The most promising candidates. The exact uncertainty of a candidate costs O(n²), so all are ranked first with a bound in its place:
  /// what the single closest point leaves open.
  private mutating func shortlist(_ targets: [Double], lowest: Double) -> [Candidate] {
    let coefficients = model.coefficients(for: targets)
    let candidates = candidates().map { index, features in
      let covariances = model.covariances(features)
      var mean = 0.0
      var closest = 0.0
      for position in covariances.indices {
        mean += covariances[position] * coefficients[position]
        closest = max(closest, covariances[position])
      }
      let open = max(1e-6, 1 - closest * closest / (1 + model.noise))
      let promise = Self.improvement(below: lowest, mean: mean, deviation: open.squareRoot())
      return Candidate(index: index, mean: mean, promise: promise, covariances: covariances)
    }
    return Array(
      candidates.sorted { ($0.promise, $1.index) > ($1.promise, $0.index) }.prefix(40))
  }

  /// New points to choose from, with their features.
  private mutating func candidates() -> [(Int, [Double])] {
    let tree = ledger.tree
    var numbers: Set<Int> = []
    if tree.count <= poolSize {
      numbers.formUnion(0..<tree.count)
    } else {
      for _ in 0..<poolSize { numbers.insert(ledger.generator.below(tree.count)) }
      let leaders = ledger.values.compactMap { index, value in value.map { (index, $0) } }
        .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3)
      for (rank, leader) in leaders.enumerated() {
        guard let point = tree.point(at: leader.0) else { continue }
        // Everything near the best; of the next ones only the nearest.
        for kind in rank == 0 ? Neighbourhood.allCases : [.step] {
          numbers.formUnion(tree.neighbours(of: point, kind).compactMap(tree.index(of:)))
        }
      }
    }
    return numbers.subtracting(ledger.seen).sorted().compactMap { index in
      tree.point(at: index).map { (index, encoding.features(of: $0)) }
    }
  }

  /// Logarithms (where all values are positive) with mean 0 and deviation 1. What is far worse than the middle is drawn in: how bad a
  /// bad point is must not shape the model where it is good.
  private func standardisedTargets() -> [Double] {
    let known = members.compactMap { ledger.values[$0] ?? nil }
    let isPositive = known.allSatisfy { $0 > 0 }
    func scaled(_ value: Double) -> Double { isPositive ? log(value) : value }
    let sorted = known.map(scaled).sorted()
    guard let least = sorted.first else { return members.map { _ in 0 } }
    let middle = sorted[sorted.count / 2]
    let limit = middle + 1.5 * (middle - least)
    let clipped = sorted.map { min($0, limit) }
    let mean = clipped.reduce(0, +) / Double(clipped.count)
    let variance = clipped.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(clipped.count)
    let deviation = variance > 0 ? variance.squareRoot() : 1
    return members.map { index in
      if let mean = expected[index] { return mean }
      let value = (ledger.values[index] ?? nil).map(scaled) ?? limit
      return (min(value, limit) - mean) / deviation
    }
  }

  private static func improvement(below best: Double, mean: Double, deviation: Double) -> Double {
    let z = (best - mean) / deviation
    let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    return deviation * (z * erfc(-z / 2.0.squareRoot()) / 2 + density)
  }
}
