// PointEncoding.swift: points as numbers between which distances make sense, across branches with different parameters.

internal import HoneCore

/// Turns points into features: one for the branch, and one for each parameter name that any branch has.
struct PointEncoding: Sendable {
  /// What a feature is and how it is compared.
  struct Feature: Sendable, Hashable {
    /// The parameter's name; nil for the choice of the branch.
    var parameter: String?
    /// Compared by equality; otherwise by distance.
    var isCategorical: Bool

    /// Stands for a parameter that a point's branch has not: a word of its own, or the middle of the scale. Leaving such features out of distances
    /// instead would make two points that are far apart both close to a third, and no covariance has that.
    var absent: Float { isCategorical ? -1 : 0.5 }
  }

  private(set) var features: [Feature]
  /// For each branch and parameter: its feature, and the number for each of its values.
  private let places: [[(feature: Int, numbers: [Float])]]

  var count: Int { features.count }

  init(_ space: Space) {
    var names: [String: Int] = [:]
    var features = [Feature(parameter: nil, isCategorical: true)]
    // Words get the same number in every branch, so that equal words are equal.
    var words: [ParameterValue: Float] = [:]
    places = space.branches.map { branch in
      branch.parameters.map { parameter in
        if names[parameter.name] == nil {
          names[parameter.name] = features.count
          features.append(
            Feature(parameter: parameter.name, isCategorical: parameter.kind == .categorical))
        }
        let feature = names[parameter.name] ?? 0
        let last = Float(max(1, parameter.values.count - 1))
        let numbers = parameter.values.enumerated().map { index, value in
          guard features[feature].isCategorical else { return Float(index) / last }
          words[value] = words[value] ?? Float(words.count)
          return words[value] ?? 0
        }
        return (feature, numbers)
      }
    }
    self.features = features
  }

  func features(of point: Point) -> [Float] {
    var result = features.map(\.absent)
    result[0] = Float(point.branch)
    for (place, index) in zip(places[point.branch], point.indices) {
      result[place.feature] = place.numbers[index]
    }
    return result
  }
}
