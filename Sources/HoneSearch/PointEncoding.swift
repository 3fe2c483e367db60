// PointEncoding.swift: points as numbers between which distances make sense, across branches with different parameters.

internal import HoneCore

/// Turns points into features: one for the branch, and one for each parameter name that any branch has.
struct PointEncoding: Sendable {
  /// How a feature is compared: by equality, or by distance.
  let isCategorical: [Bool]
  /// For each branch and parameter: its feature, and the number for each of its values.
  private let places: [[(feature: Int, numbers: [Double])]]

  /// Stands for a parameter that a point's branch has not.
  static let absent = -1.0

  var count: Int { isCategorical.count }

  init(_ space: Space) {
    var names: [String: Int] = [:]
    var isCategorical = [true]
    // Words get the same number in every branch, so that equal words are equal.
    var words: [ParameterValue: Double] = [:]
    places = space.branches.map { branch in
      branch.parameters.map { parameter in
        if names[parameter.name] == nil {
          names[parameter.name] = isCategorical.count
          isCategorical.append(parameter.kind == .categorical)
        }
        let feature = names[parameter.name] ?? 0
        let last = Double(max(1, parameter.values.count - 1))
        let numbers = parameter.values.enumerated().map { index, value in
          guard isCategorical[feature] else { return Double(index) / last }
          words[value] = words[value] ?? Double(words.count)
          return words[value] ?? 0
        }
        return (feature, numbers)
      }
    }
    self.isCategorical = isCategorical
  }

  func features(of point: Point) -> [Double] {
    var result = [Double](repeating: Self.absent, count: count)
    result[0] = Double(point.branch)
    for (place, index) in zip(places[point.branch], point.indices) {
      result[place.feature] = place.numbers[index]
    }
    return result
  }

  /// Squared distances of `input` to each of `others` (feature vectors one after the other), with a weight for each feature. Features
  /// that either point lacks do not count.
  func squaredDistances(_ input: [Double], _ others: [Double], weights: [Double]) -> [Double] {
    let width = count
    return [Double](unsafeUninitializedCapacity: others.count / width) { result, initialized in
      initialized = others.count / width
      others.withUnsafeBufferPointer { others in
        for other in 0..<initialized {
          var sum = 0.0
          for feature in 0..<width {
            let (x, y) = (input[feature], others[other * width + feature])
            if x == y || x < 0 || y < 0 { continue }
            sum += weights[feature] * (isCategorical[feature] ? 1 : (x - y) * (x - y))
          }
          result[other] = sum
        }
      }
    }
  }
}
