// Surrogate.swift: the strategy that learns a model of the space and tries where the model expects the most improvement.

internal import Glibc
public import HoneCore

/// Start points and some that lie far apart first. Then a Gaussian process is fitted to the logarithms of the values, and the next point is the one
/// with the largest expected improvement among random points and neighbours of the best. Points whose answers are pending count as if
/// they gave what the model expects, so that a batch spreads.
///
/// A failure counts as a bad value, no worse than the worst that are told apart: the model learns where configurations fail, and stays away.
///
/// A model that is wrong stays wrong where it does not look: it takes a flat region for all there is. So the longer nothing better was
/// found, the more proposals are random, up to a quarter. Jones, Schonlau and Welch, "Efficient global optimization of expensive black-box
/// functions", 1998.
public struct Surrogate: Strategy {
  public static let name = "surrogate"
  public static let summary = "expected improvement under a Gaussian process of the values"
  public static let options = [initial, pool]

  static let initial = StrategyOption(
    "initial", "points, far apart, before the model is used", default: 8, in: 1...1000)
  static let pool = StrategyOption(
    "pool", "random points that are considered for a proposal", default: 500, in: 1...100_000)

  /// Answers in the model at most.
  static let memory = 300

  private var ledger: Ledger
  private let initialPoints: Int
  private let poolSize: Int
  private let encoding: PointEncoding
  private var model: GaussianProcess
  private var candidates: CandidatePool
  /// Numbers of the model's inputs, in their order.
  private var members: [Int] = []
  /// What the model expects of pending points.
  private var expected: [Int: Double] = [:]
  private var nextRefit = 6
  private var center: Int?
  /// Answers when the best one came.
  private var toldAtGain = 0

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    initialPoints = min(Int(task.value(of: Self.initial)), max(3, task.budget / 4))
    poolSize = Int(task.value(of: Self.pool))
    encoding = PointEncoding(task.space)
    model = GaussianProcess(encoding)
    candidates = CandidatePool(encoding)
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextInitial(initialPoints) { return point }
    return mostPromising() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    let best = ledger.best?.index
    guard let index = ledger.note(evaluation) else { return }
    if ledger.best?.index != best { toldAtGain = ledger.toldCount }
    if expected.removeValue(forKey: index) == nil {
      members.append(index)
      model.append(encoding.features(of: evaluation.point))
    }
  }

  /// The share of proposals that do not ask the model.
  private var doubt: Double {
    min(0.25, 0.02 * Double(max(0, ledger.toldCount - toldAtGain - 10)))
  }

  /// Keeps the model small: pending points, the best third and the latest third of `memory` stay.
  private mutating func forgetSome() {
    guard members.count >= Self.memory else { return }
    let told = members.filter { expected[$0] == nil }
    let good = told.compactMap { index in (ledger.values[index] ?? nil).map { (index, $0) } }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(Self.memory / 3).map(\.0)
    let kept = Set(good).union(told.suffix(Self.memory / 3)).union(expected.keys)
    let places = members.indices.filter { kept.contains(members[$0]) }
    members = places.map { members[$0] }
    model.keep(places)
    nextRefit = members.count
  }

  private mutating func mostPromising() -> Point? {
    guard ledger.best != nil, ledger.generator.unit() >= doubt else { return nil }
    forgetSome()
    let targets = targets()
    if members.count >= nextRefit {
      model.refit(to: targets)
      nextRefit = max(members.count + 1, Int(Double(members.count) * 1.25))
      refill()
    } else {
      candidates.extend(model)
    }
    surround()
    let lowest = members.indices.filter { expected[members[$0]] == nil }.map { targets[$0] }.min()
    guard let best = candidate(targets, lowest: lowest ?? 0),
      let point = ledger.propose(best.index)
    else { return nil }
    expected[best.index] = best.mean
    members.append(best.index)
    model.append(encoding.features(of: point))
    return point
  }

  private func candidate(_ targets: [Double], lowest: Double) -> (index: Int, mean: Double)? {
    var best: (index: Int, mean: Double)?
    var bestGain = -1.0
    let seen = ledger.seen
    candidates.forEach(model.factor.solved(targets)) { index, mean, variance in
      let mean = Double(mean)
      let deviation = Double(max(variance, 1e-8)).squareRoot()
      let z = (lowest - mean) / deviation
      let density = exp(-z * z / 2) * 0.398_942_280_401
      // Below z = 0 the density alone is an upper bound.
      if z < 0 && deviation * density <= bestGain { return }
      let gain = deviation * (z * erfc(-z / 2.0.squareRoot()) / 2 + density)
      if gain > bestGain, !seen.contains(index) { (bestGain, best) = (gain, (index, mean)) }
    }
    return best
  }

  /// New candidates: all points where there are few, else some random ones; with coordinates under the model as it is.
  private mutating func refill() {
    candidates.removeAll()
    center = nil
    let tree = ledger.tree
    let numbers =
      tree.count <= 2 * poolSize
      ? Array(0..<tree.count) : (0..<poolSize).map { _ in ledger.generator.below(tree.count) }
    add(numbers)
  }

  /// Adds what is near the best where that has changed.
  private mutating func surround() {
    guard let best = ledger.best, best.index != center, ledger.tree.count > 2 * poolSize,
      let point = ledger.tree.point(at: best.index)
    else { return }
    center = best.index
    for kind in Neighbourhood.allCases {
      add(ledger.tree.neighbours(of: point, kind).compactMap(ledger.tree.index(of:)))
    }
  }

  private mutating func add(_ numbers: [Int]) {
    let fresh = numbers.filter { !ledger.seen.contains($0) && !candidates.numbers.contains($0) }
    let points = fresh.compactMap { index in
      ledger.tree.point(at: index).map { (index, encoding.features(of: $0)) }
    }
    candidates.add(points, model)
  }

  private func targets() -> [Double] {
    let scale = SurrogateTargets(
      members.compactMap { ledger.values[$0] ?? nil })
    return members.map { index in expected[index] ?? scale.target(ledger.values[index] ?? nil) }
  }
}
