// GaussianProcess.swift: regression on few points, with an uncertainty, that grows by one point at a time.

internal import Glibc
internal import HoneCore

/// A Gaussian process with the kernel of `FeatureTable`, one length scale a feature, and noise.
///
/// The covariance matrix is kept as its Cholesky factor L, to which a point adds a row in O(n²); only new length scales need
/// O(n³). Targets are given when a prediction is made, since they are standardised anew with each answer.
/// Rasmussen and Williams, "Gaussian Processes for Machine Learning", algorithm 2.1.
struct GaussianProcess: Sendable {
  /// 1 / (length scale)² for each feature.
  var weights: [Float]
  /// Variance of the noise, relative to the signal's variance of 1.
  var noise: Double
  /// Limits of the weights. A search keeps the lower one from letting a parameter go that had no effect so far.
  var weightRange: ClosedRange<Float> = 0.1...1e3
  private(set) var inputs: FeatureTable
  private(set) var factor = TriangularFactor()

  /// Noise is at least so much: the kernel is computed in single precision.
  static let noiseRange = 1e-4...1.0

  init(_ encoding: PointEncoding) {
    // Ordinal features lie in 0…1: a length scale of one half. Categorical ones differ by 1: of one.
    weights = encoding.features.map { $0.isCategorical ? 1 : 4 }
    noise = 1e-2
    inputs = FeatureTable(encoding)
  }

  var count: Int { inputs.count }

  /// Covariances of `input` with all inputs.
  func covariances(_ input: [Float]) -> [Float] {
    inputs.covariances(with: input, weights: weights)
  }

  mutating func append(_ input: [Float]) {
    factor.append(covariances(input), diagonal: 1 + noise)
    inputs.append(input)
  }

  /// Keeps only these inputs, in this order.
  mutating func keep(_ kept: [Int]) {
    let points = kept.map(inputs.point)
    inputs.removeAll()
    for point in points { inputs.append(point) }
    rebuild()
  }

  /// The factor for the present inputs, length scales and noise.
  mutating func rebuild() {
    factor = TriangularFactor()
    for index in 0..<count {
      let covariances = inputs.covariances(
        with: inputs.point(index), weights: weights, first: index)
      factor.append(covariances, diagonal: 1 + noise)
    }
  }

  /// (L Lᵀ)⁻¹ targets: what means are made of.
  func coefficients(for targets: [Double]) -> [Double] {
    factor.solvedTransposed(factor.solved(targets))
  }

  /// Variance of the prediction at an input with those covariances.
  func variance(_ covariances: [Float]) -> Double {
    max(1e-12, 1 - factor.solved(covariances.map(Double.init)).reduce(0) { $0 + $1 * $1 })
  }

  /// log p(targets), without its constant.
  func logLikelihood(of targets: [Double]) -> Double {
    let white = factor.solved(targets)
    return -white.reduce(0) { $0 + $1 * $1 } / 2 - factor.logDeterminant
  }
}

extension GaussianProcess {
  /// Moves each length scale and the noise up or down by a factor as long as the targets become more likely; one sweep.
  mutating func refit(to targets: [Double], steps: [Float] = [4, 0.25]) {
    var best = logPosterior(targets)
    for parameter in 0...weights.count where isAdjustable(parameter) {
      for step in steps {
        while true {
          var changed = self
          guard changed.scale(parameter, by: step) else { break }
          changed.rebuild()
          let likelihood = changed.logPosterior(targets)
          guard likelihood > best + 1e-3 else { break }
          (self, best) = (changed, likelihood)
        }
      }
    }
  }

  /// A feature that is the same for all inputs tells nothing.
  private func isAdjustable(_ parameter: Int) -> Bool {
    guard parameter < weights.count, let first = inputs.columns[parameter].first else {
      return true
    }
    return inputs.columns[parameter].contains { $0 != first }
  }

  /// With a weak preference for moderate length scales and little noise: few points must not make the model sure of anything.
  private func logPosterior(_ targets: [Double]) -> Double {
    let spread = weights.reduce(0.0) { $0 + pow(log(Double($1) / 4), 2) } / 18
    return logLikelihood(of: targets) - spread - pow(log(noise / 1e-2), 2) / 18
  }

  /// False where the parameter is at its limit.
  private mutating func scale(_ parameter: Int, by step: Float) -> Bool {
    if parameter == weights.count {
      noise *= Double(step)
      return Self.noiseRange.contains(noise)
    }
    weights[parameter] *= step
    return weightRange.contains(weights[parameter])
  }
}
