// DifferentialEvolution.swift: moves along differences between good points, each replacing its target where it is no worse.

public import HoneCore

/// Start points and some that lie far apart fill the population. Then each proposal starts from a member, its target, goes towards the best and along
/// the difference of two other members (current-to-best/1 with binomial crossover), and replaces the target where its value is no
/// worse. Steps are taken over the ranks of ordinal values; of words, one of the members' is taken over. Members of other branches
/// give no differences: a target whose branch is not the best's may change over to it.
/// Storn and Price, "Differential evolution", 1997.
public struct DifferentialEvolution: Strategy {
  public static let name = "differential-evolution"
  public static let summary = "steps along differences between members of a population"
  public static let options = [population, weight, crossover]

  static let population = StrategyOption(
    "population", "points whose differences are used", default: 15, in: 4...1000)
  static let weight = StrategyOption(
    "weight", "length of a step, as a share of the difference", default: 0.7, in: 0...2)
  static let crossover = StrategyOption(
    "crossover", "probability that a parameter takes part in a step", default: 0.7, in: 0...1)

  private var ledger: Ledger
  private let size: Int
  private let weight: Double
  private let crossover: Double
  private var members: [(point: Point, value: Double)] = []
  private let initialPoints: Int
  /// The member that goes next.
  private var turn = 0
  /// For each pending proposal, by number, the place of its target.
  private var targets: [Int: Int] = [:]

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    size = Int(task.value(of: Self.population))
    weight = task.value(of: Self.weight)
    crossover = task.value(of: Self.crossover)
    initialPoints = min(size, max(4, task.budget / 4))
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextInitial(initialPoints) { return point }
    return trial() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    guard let index = ledger.note(evaluation) else { return }
    let place = targets.removeValue(forKey: index)
    guard let value = ledger.values[index] ?? nil else { return }
    let member = (point: evaluation.point, value: value)
    if let place {
      if value <= members[place].value { members[place] = member }
    } else if members.count < size {
      members.append(member)
    } else if let worst = members.indices.max(by: { members[$0].value < members[$1].value }),
      value < members[worst].value
    {
      members[worst] = member
    }
  }

  private mutating func trial() -> Point? {
    guard let best = members.min(by: { $0.value < $1.value })?.point, members.count >= 3 else {
      return nil
    }
    turn = (turn + 1) % members.count
    var target = members[turn].point
    if target.branch != best.branch && ledger.generator.below(2) == 0 { target = best }
    guard let point = ledger.proposeNear(step(from: target, best)) else { return nil }
    targets[ledger.tree.index(of: point) ?? 0] = turn
    return point
  }

  private mutating func step(from target: Point, _ best: Point) -> Point {
    let mates = members.map(\.point).filter { $0.branch == target.branch }
    let first = mates[ledger.generator.below(mates.count)]
    let second = mates[ledger.generator.below(mates.count)]
    let parameters = ledger.tree.space.branches[target.branch].parameters
    guard !parameters.isEmpty else { return target }
    let certain = ledger.generator.below(parameters.count)
    var result = target
    for (position, parameter) in parameters.enumerated()
    where position == certain || ledger.generator.unit() < crossover {
      let leader = best.branch == target.branch ? best.indices[position] : target.indices[position]
      let places = (
        target.indices[position], leader, first.indices[position], second.indices[position]
      )
      result.indices[position] = moved(places, parameter)
    }
    return result
  }

  private mutating func moved(
    _ places: (own: Int, best: Int, first: Int, second: Int), _ parameter: Parameter
  ) -> Int {
    if parameter.kind == .categorical {
      return [places.own, places.best, places.first, places.second][ledger.generator.below(4)]
    }
    let step = Double(places.best - places.own) + Double(places.first - places.second)
    let exact = Double(places.own) + weight * step
    // Rounding at random keeps steps shorter than one rank from being lost.
    let rounded = (exact + ledger.generator.unit()).rounded(.down)
    return min(max(Int(rounded), 0), parameter.values.count - 1)
  }
}
