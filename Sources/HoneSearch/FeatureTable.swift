// FeatureTable.swift: many points, a column a feature, and their covariances with one point, in loops that vectorise.

/// Points in columns. Covariances of one point with all of them are most of what a proposal of the surrogate costs.
struct FeatureTable: Sendable {
  let features: [PointEncoding.Feature]
  private(set) var columns: [[Float]]
  private(set) var count = 0

  init(_ encoding: PointEncoding) {
    features = encoding.features
    columns = encoding.features.map { _ in [] }
  }

  mutating func append(_ point: [Float]) {
    for feature in columns.indices { columns[feature].append(point[feature]) }
    count += 1
  }

  mutating func removeAll() {
    for feature in columns.indices { columns[feature].removeAll(keepingCapacity: true) }
    count = 0
  }

  func point(_ index: Int) -> [Float] { columns.map { $0[index] } }

  /// Squared distances of `point` to the first `length` points (all where it is nil): each feature has a weight, an ordinal one counts by its
  /// squared difference, a categorical one by 1 where it differs.
  func squaredDistances(to point: [Float], weights: [Float], first length: Int? = nil) -> [Float] {
    var result = [Float](repeating: 0, count: length ?? count)
    result.withUnsafeMutableBufferPointer { sum in
      for (index, feature) in features.enumerated() {
        columns[index].withUnsafeBufferPointer {
          Self.add($0, point[index], weights[index], feature, sum)
        }
      }
    }
    return result
  }

  private static func add(
    _ column: UnsafeBufferPointer<Float>, _ value: Float, _ weight: Float,
    _ feature: PointEncoding.Feature, _ sum: UnsafeMutableBufferPointer<Float>
  ) {
    // One loop a case: a case inside the loop would keep it from vectorising.
    if feature.isCategorical {
      for i in 0..<sum.count { sum[i] += column[i] == value ? 0 : weight }
    } else {
      for i in 0..<sum.count { sum[i] += weight * (column[i] - value) * (column[i] - value) }
    }
  }

  /// Part of the variance that is a sum over single features.
  static let additive: Float = 0.2

  /// Covariances of `point` with the first `length` points (all where it is nil): a Matérn-5/2 kernel of the distance, and, as `additive` of the whole, the
  /// mean over the features of 1 / (1 + squared distance in that feature).
  ///
  /// The second part says that a parameter's effect is much the same whatever the others are: it carries what was learnt in one corner to
  /// all of the space, where the first part forgets it with distance. Duvenaud, Nickisch and Rasmussen, "Additive Gaussian processes", 2011.
  func covariances(with point: [Float], weights: [Float], first length: Int? = nil) -> [Float] {
    var result = squaredDistances(to: point, weights: weights, first: length)
    result.withUnsafeMutableBufferPointer { buffer in
      for i in 0..<buffer.count {
        let r = (5 * buffer[i]).squareRoot()
        buffer[i] = (1 - Self.additive) * (1 + r + r * r * (1 / 3)) * exponential(-r)
      }
      for (index, feature) in features.enumerated() {
        columns[index].withUnsafeBufferPointer {
          addSingle($0, point[index], weights[index], feature, buffer)
        }
      }
    }
    return result
  }

  private func addSingle(
    _ column: UnsafeBufferPointer<Float>, _ value: Float, _ weight: Float,
    _ feature: PointEncoding.Feature, _ sum: UnsafeMutableBufferPointer<Float>
  ) {
    let share = Self.additive / Float(features.count)
    if feature.isCategorical {
      let other = share / (1 + weight)
      for i in 0..<sum.count { sum[i] += column[i] == value ? share : other }
    } else {
      for i in 0..<sum.count {
        let difference = column[i] - value
        sum[i] += share / (1 + weight * difference * difference)
      }
    }
  }
}

/// e to a power of at most 0, to about 3·10⁻⁷ of the result; below e⁻⁸⁰ it stays there. From arithmetic alone: it vectorises, and it is the same on every
/// host, which a libm's is not.
@inline(__always)
func exponential(_ power: Float) -> Float {
  let t = max(power, -80) * 1.442_695_04
  // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the low bits.
  let shifted = t + 12_582_912
  let f = (t - (shifted - 12_582_912)) * 0.693_147_18
  var p: Float = 1.0 / 720
  p = p * f + 1.0 / 120
  p = p * f + 1.0 / 24
  p = p * f + 1.0 / 6
  p = p * f + 0.5
  p = p * f + 1
  p = p * f + 1
  return Float(bitPattern: p.bitPattern &+ (shifted.bitPattern << 23))
}
