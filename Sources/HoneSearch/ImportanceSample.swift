// ImportanceSample.swift: main and total effects of parameters on a model, from points drawn uniformly from the valid ones.

internal import HoneCore

/// A sample of the valid points, what the model expects there, and the effects that follow.
struct ImportanceSample {
  /// In units of the model's variance.
  struct Effect {
    var main = 0.0
    var total = 0.0
  }

  /// Points for means and main effects; all of a space that has no more.
  private static let size = 1024
  /// Points around which each parameter is varied, for total effects.
  private static let probes = 128
  /// Values of a parameter that are tried at most, spread evenly.
  private static let valuesTried = 12

  /// Variance of the model over the sample.
  let variance: Double
  private(set) var effects: [String: Effect] = [:]
  private let points: [Point]
  private let means: [Double]

  init(_ model: ImportanceModel) {
    let tree = model.tree
    var generator = SeededGenerator(seed: 0x1A90_47A7)
    let numbers =
      tree.count <= Self.size
      ? Array(0..<tree.count) : (0..<Self.size).map { _ in generator.below(tree.count) }
    points = numbers.compactMap(tree.point(at:))
    means = points.map(model.mean)
    variance = Self.variance(means)
    addMainEffects(model)
    addTotalEffects(model)
  }

  private mutating func addMainEffects(_ model: ImportanceModel) {
    var groups: [String: [ParameterValue: [Double]]] = [:]
    let branches = model.tree.space.branches
    for (point, mean) in zip(points, means) {
      let branch = branches[point.branch]
      if branches.count > 1 {
        groups[ParameterImportance.variantName, default: [:]][.int(point.branch), default: []]
          .append(mean)
      }
      for (parameter, index) in zip(branch.parameters, point.indices)
      where parameter.values.count > 1 {
        groups[parameter.name, default: [:]][parameter.values[index], default: []].append(mean)
      }
    }
    for (name, groups) in groups {
      // In order: sums in another order differ in their last digits.
      let ordered = groups.sorted { $0.key < $1.key }.map(\.value)
      effects[name, default: Effect()].main = mainEffect(ordered)
    }
  }

  /// Variance between the groups of equal values, less what groups of that size differ by chance; weighted by how often the parameter exists.
  private func mainEffect(_ groups: [[Double]]) -> Double {
    let count = groups.reduce(0) { $0 + $1.count }
    guard groups.count > 1, count > groups.count else { return 0 }
    let overall = groups.reduce(0) { $0 + $1.reduce(0, +) } / Double(count)
    var (between, within) = (0.0, 0.0)
    for group in groups {
      let mean = group.reduce(0, +) / Double(group.count)
      between += Double(group.count) * (mean - overall) * (mean - overall)
      within += group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    // A complete sample has no chance in it.
    let isComplete = points.count < Self.size
    let chance =
      isComplete ? 0 : Double(groups.count - 1) * within / Double(count - groups.count)
    return max(0, between - chance) / Double(points.count)
  }

  private mutating func addTotalEffects(_ model: ImportanceModel) {
    let branches = model.tree.space.branches
    let step = max(1, points.count / Self.probes)
    let probes = stride(from: 0, to: points.count, by: step).map { points[$0] }
    for point in probes {
      for (position, parameter) in branches[point.branch].parameters.enumerated()
      where parameter.values.count > 1 {
        let near = Self.values(of: parameter).map { point.replacing(position, with: $0) }
        add(near.filter(model.tree.contains), to: parameter.name, probes.count, model)
      }
      if branches.count > 1 {
        let near = [point] + model.tree.neighbours(of: point, .otherBranch)
        add(near, to: ParameterImportance.variantName, probes.count, model)
      }
    }
  }

  private mutating func add(
    _ near: [Point], to name: String, _ probes: Int, _ model: ImportanceModel
  ) {
    let share = Self.variance(near.map(model.mean)) / Double(probes)
    effects[name, default: Effect()].total += share
  }

  private static func values(of parameter: Parameter) -> [Int] {
    let count = parameter.values.count
    guard count > valuesTried else { return Array(0..<count) }
    return (0..<valuesTried).map { $0 * (count - 1) / (valuesTried - 1) }
  }

  private static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  }
}
