// Space+Neighbours.swift: which valid points are close to a point, in several senses of close.

/// A sense in which points are close.
public enum Neighbourhood: String, Sendable, CaseIterable {
  /// One parameter differs: an ordinal one by one step (to the next value in that direction that is valid), a categorical one in any way.
  case step
  /// One parameter differs, in any way.
  case oneParameter
  /// Two parameters differ, ordinal ones by one step each: the way around a constraint that couples them.
  case twoSteps
  /// Another branch with the same values of the parameters that have the same names, as far as that is valid.
  case otherBranch
}

extension SpaceTree {
  /// Valid points that are close to `point` (itself not among them), each once, in a fixed order. Empty for a point that is not valid.
  public func neighbours(of point: Point, _ sense: Neighbourhood) -> [Point] {
    guard contains(point) else { return [] }
    switch sense {
    case .step: return steps(from: point)
    case .oneParameter: return changes(of: point)
    case .twoSteps: return twoSteps(from: point)
    case .otherBranch: return counterparts(of: point)
    }
  }

  private func steps(from point: Point) -> [Point] {
    var result: [Point] = []
    for (position, parameter) in space.branches[point.branch].parameters.enumerated() {
      switch parameter.kind {
      case .categorical: result += changes(of: point, at: position)
      case .ordinal:
        let current = point.indices[position]
        result += firstValid(point, position, stride(from: current - 1, through: 0, by: -1))
        result += firstValid(point, position, current + 1..<parameter.values.count)
      }
    }
    return result
  }

  private func firstValid(_ point: Point, _ position: Int, _ values: some Sequence<Int>)
    -> [Point]
  {
    for value in values {
      let other = point.replacing(position, with: value)
      if contains(other) { return [other] }
    }
    return []
  }

  private func changes(of point: Point) -> [Point] {
    point.indices.indices.flatMap { changes(of: point, at: $0) }
  }

  private func changes(of point: Point, at position: Int) -> [Point] {
    space.branches[point.branch].parameters[position].values.indices
      .filter { $0 != point.indices[position] }
      .map { point.replacing(position, with: $0) }
      .filter(contains)
  }

  private func twoSteps(from point: Point) -> [Point] {
    let parameters = space.branches[point.branch].parameters
    let moves = parameters.enumerated().map { position, parameter in
      let current = point.indices[position]
      let candidates =
        parameter.kind == .ordinal
        ? [current - 1, current + 1] : Array(parameter.values.indices)
      return candidates.filter { $0 != current && parameter.values.indices.contains($0) }
    }
    var result: [Point] = []
    for first in moves.indices {
      for second in moves.indices where second > first {
        for a in moves[first] {
          let half = point.replacing(first, with: a)
          result += moves[second].map { half.replacing(second, with: $0) }.filter(contains)
        }
      }
    }
    return result
  }

  private func counterparts(of point: Point) -> [Point] {
    let values = space.configuration(at: point).parameters
    return space.branches.indices.filter { $0 != point.branch }.compactMap { branch in
      counterpart(values, in: branch)
    }
  }

  /// Starts from the branch's default and takes over one value after the other where the result is still valid.
  private func counterpart(_ values: [String: ParameterValue], in branch: Int) -> Point? {
    var point = space.defaultPoint(ofBranch: branch)
    if !contains(point) {
      guard let first = self.point(at: range(ofBranch: branch).lowerBound),
        first.branch == branch
      else { return nil }
      point = first
    }
    for (position, parameter) in space.branches[branch].parameters.enumerated() {
      guard let value = values[parameter.name], let index = parameter.values.firstIndex(of: value)
      else { continue }
      let changed = point.replacing(position, with: index)
      if contains(changed) { point = changed }
    }
    return point
  }
}

extension Point {
  /// The same point with another value of one parameter.
  public func replacing(_ position: Int, with value: Int) -> Point {
    var result = self
    result.indices[position] = value
    return result
  }
}
