// ParameterImportance.swift: which parameters move the time on this host, from whatever was measured.

internal import Glibc
public import HoneCore

/// How much of the variance that a model of the answers explains is due to one parameter.
///
/// The answers are rarely a design: a search measures good regions densely and the rest hardly. So a Gaussian process is fitted to the
/// logarithms of the values, and it is the model's mean that is decomposed, over points drawn uniformly from the valid ones, into the main effects and
/// total effects of Sobol' (I. M. Sobol', "Sensitivity estimates for nonlinear mathematical models", 1993). A parameter
/// is varied within its valid values, the others fixed; one that only some branches have counts where it exists.
public struct ParameterImportance: Sendable, Hashable, Codable {
  /// The parameter's name, or `variantName` for the choice between branches.
  public var parameter: String
  /// Main effect and interactions: what would be left of the variance, on average, if all other parameters were fixed. Shares add up to 1 without
  /// interactions; with interactions to more, since each parameter that takes part counts them.
  public var share: Double
  /// What knowing this parameter alone explains.
  public var mainEffect: Double
  /// What it explains only together with others.
  public var interactions: Double { max(0, share - mainEffect) }

  /// Stands for the choice between branches.
  public static let variantName = "variant"

  public init(parameter: String, share: Double, mainEffect: Double) {
    self.parameter = parameter
    self.share = share
    self.mainEffect = mainEffect
  }

  /// All parameters that can vary, the most important first. Empty where fewer than `fewest` answers have a value, or where all of these are equal:
  /// then nothing can be said. Failures are left out. The same evaluations give the same ranking.
  public static func ranking(tree: SpaceTree, evaluations: [Evaluation]) -> [ParameterImportance] {
    guard let model = ImportanceModel(tree, evaluations) else { return [] }
    let sample = ImportanceSample(model)
    guard sample.variance > 1e-12 else { return [] }
    return sample.effects.map { name, effect in
      let main = min(1, max(0, effect.main / sample.variance))
      return ParameterImportance(
        parameter: name, share: max(main, effect.total / sample.variance), mainEffect: main)
    }
    .sorted { ($0.share, $1.parameter) > ($1.share, $0.parameter) }
  }

  /// Answers below which a ranking would be made up.
  public static let fewest = 5
}

/// The mean of a Gaussian process of the logarithms of the answers.
struct ImportanceModel {
  let tree: SpaceTree
  private let encoding: PointEncoding
  private var process: GaussianProcess
  private var coefficients: [Float]

  /// nil where there is too little to learn from.
  /// - Parameter memory: answers that the model is made from at most; of more, every so-manieth in the order given.
  init?(_ tree: SpaceTree, _ evaluations: [Evaluation], memory: Int = 200) {
    let usable = evaluations.filter { $0.value?.isFinite == true && tree.contains($0.point) }
    let step = (usable.count + memory - 1) / memory
    let kept = stride(from: 0, to: usable.count, by: max(1, step)).map { usable[$0] }
    let values = kept.compactMap(\.value)
    guard values.count >= ParameterImportance.fewest, values.contains(where: { $0 != values[0] })
    else { return nil }
    self.tree = tree
    encoding = PointEncoding(tree.space)
    process = GaussianProcess(encoding)
    process.weightRange = 1e-3...1e3
    for evaluation in kept { process.append(encoding.features(of: evaluation.point)) }
    let targets = Self.standardised(values)
    for steps in [[4, 0.25], [2, 0.5], [2, 0.5]] as [[Float]] {
      process.refit(to: targets, steps: steps)
    }
    coefficients = process.coefficients(for: targets).map { Float($0) }
  }

  var count: Int { process.count }

  func mean(at point: Point) -> Double {
    let covariances = process.covariances(encoding.features(of: point))
    var sum: Float = 0
    for index in covariances.indices { sum += covariances[index] * coefficients[index] }
    return Double(sum)
  }

  private static func standardised(_ values: [Double]) -> [Double] {
    let scaled = values.allSatisfy { $0 > 0 } ? values.map { log($0) } : values
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scaled.count)
    return scaled.map { ($0 - mean) / max(variance.squareRoot(), .leastNormalMagnitude) }
  }
}
