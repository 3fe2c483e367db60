// GaussianProcess.swift: regression on few points, with an uncertainty, that grows by one point at a time.

internal import Glibc
internal import HoneCore

/// A Gaussian process with a Matérn-5/2 kernel, one length scale a feature, and noise.
///
/// The covariance matrix is kept as its Cholesky factor L, to which a point adds a row in O(n²); only new length scales need
/// O(n³). Targets are given when a prediction is made, since they are standardised anew with each answer.
/// Rasmussen and Williams, "Gaussian Processes for Machine Learning", algorithm 2.1.
struct GaussianProcess: Sendable {
  let encoding: PointEncoding
  /// 1 / (length scale)² for each feature.
  private(set) var weights: [Double]
  /// Variance of the noise, relative to the signal's variance of 1.
  private(set) var noise: Double
  private(set) var inputs: [[Double]] = []
  /// `inputs` one after the other: most of a proposal's time goes into distances to them.
  private var flat: [Double] = []
  /// Row i has i + 1 numbers.
  private var factor: [[Double]] = []

  init(_ encoding: PointEncoding) {
    self.encoding = encoding
    // Ordinal features lie in 0…1: a length scale of one half. Categorical ones differ by 1: of one.
    weights = encoding.isCategorical.map { $0 ? 1 : 4 }
    noise = 1e-2
  }

  var count: Int { inputs.count }

  /// Covariances of `input` with all inputs.
  func covariances(_ input: [Double]) -> [Double] {
    var result = encoding.squaredDistances(input, flat, weights: weights)
    for index in result.indices {
      let r = (5 * result[index]).squareRoot()
      result[index] = (1 + r + r * r / 3) * exp(-r)
    }
    return result
  }

  mutating func append(_ input: [Double]) {
    var row = solved(covariances(input))
    let rest = 1 + noise - row.reduce(0) { $0 + $1 * $1 }
    // A repeated input without noise would give 0, and rounding less than that.
    row.append(max(rest, 1e-9).squareRoot())
    factor.append(row)
    inputs.append(input)
    flat += input
  }

  mutating func replaceInputs(_ all: [[Double]]) {
    inputs = []
    flat = []
    factor = []
    for input in all { append(input) }
  }

  /// L⁻¹ v.
  private func solved(_ vector: [Double]) -> [Double] {
    var result = vector
    result.withUnsafeMutableBufferPointer { x in
      for i in 0..<x.count {
        factor[i].withUnsafeBufferPointer { row in
          var sum = x[i]
          for j in 0..<i { sum -= row[j] * x[j] }
          x[i] = sum / row[i]
        }
      }
    }
    return result
  }

  /// (L Lᵀ)⁻¹ targets: what means are made of.
  func coefficients(for targets: [Double]) -> [Double] {
    var result = solved(targets)
    for i in stride(from: count - 1, through: 0, by: -1) {
      result[i] /= factor[i][i]
      let value = result[i]
      for j in 0..<i { result[j] -= factor[i][j] * value }
    }
    return result
  }

  /// Variance of the prediction at an input with those covariances.
  func variance(_ covariances: [Double]) -> Double {
    max(1e-12, 1 - solved(covariances).reduce(0) { $0 + $1 * $1 })
  }

  /// log p(targets), without its constant.
  func logLikelihood(of targets: [Double]) -> Double {
    let white = solved(targets)
    let fit = white.reduce(0) { $0 + $1 * $1 }
    let determinant = factor.reduce(0) { $0 + log($1[$1.count - 1]) }
    return -fit / 2 - determinant
  }

  /// Moves each length scale and the noise up or down by a factor as long as the targets become more likely; one sweep.
  mutating func refit(to targets: [Double]) {
    var best = logPosterior(targets)
    for parameter in 0...weights.count {
      for step in [4.0, 0.25] {
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

  /// With a weak preference for moderate length scales and little noise: few points must not make the model sure of anything.
  private func logPosterior(_ targets: [Double]) -> Double {
    let spread = weights.reduce(0) { $0 + pow(log($1 / 4), 2) } / 18
    return logLikelihood(of: targets) - spread - pow(log(noise / 1e-2), 2) / 18
  }

  /// False where the parameter is at its limit.
  private mutating func scale(_ parameter: Int, by step: Double) -> Bool {
    if parameter == weights.count {
      noise *= step
      return (1e-5...1).contains(noise)
    }
    weights[parameter] *= step
    return (1e-3...1e3).contains(weights[parameter])
  }

  private mutating func rebuild() { replaceInputs(inputs) }
}
