// Space.swift: all configurations of a problem on a host, as branches of ordered parameters with constraints.

/// A tunable parameter: a name and its ordered list of values.
public struct Parameter: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Codable {
    /// Neighbouring values behave alike (a tile size, a thread count).
    case ordinal
    /// The order means nothing (a placement).
    case categorical
  }

  public var name: String
  /// One sentence for people.
  public var summary: String
  public var kind: Kind
  /// At least one, no duplicates.
  public var values: [ParameterValue]

  public init(
    _ name: String, _ values: [ParameterValue], kind: Kind = .ordinal, summary: String = ""
  ) {
    self.name = name
    self.summary = summary
    self.kind = kind
    self.values = values
  }
}

/// A condition over some parameters of a branch. A configuration is valid when every constraint holds.
public struct Constraint: Sendable {
  /// Why the excluded combinations are excluded: "threads ≤ column panels".
  public var reason: String
  /// The parameters that `holds` is given, in this order.
  public var parameters: [String]
  public var holds: @Sendable ([ParameterValue]) -> Bool

  public init(
    _ reason: String, over parameters: [String],
    holds: @escaping @Sendable ([ParameterValue]) -> Bool
  ) {
    self.reason = reason
    self.parameters = parameters
    self.holds = holds
  }
}

/// The configurations of one variant of one back end.
public struct Branch: Sendable {
  public var backend: String
  public var variant: String
  public var parameters: [Parameter]
  public var constraints: [Constraint]
  /// What the back end would run untuned, as indices into each parameter's values; valid.
  public var defaults: [Int]

  public init(
    backend: String, variant: String, parameters: [Parameter], constraints: [Constraint] = [],
    defaults: [Int]
  ) {
    precondition(defaults.count == parameters.count, "one default index a parameter")
    self.backend = backend
    self.variant = variant
    self.parameters = parameters
    self.constraints = constraints
    self.defaults = defaults
  }
}

/// A configuration as indices: which branch, and which value of each of its parameters.
public struct Point: Hashable, Sendable {
  public var branch: Int
  public var indices: [Int]

  public init(branch: Int, indices: [Int]) {
    self.branch = branch
    self.indices = indices
  }
}

/// All configurations of a problem on a host: a union of branches.
public struct Space: Sendable {
  public var branches: [Branch]

  public init(_ branches: [Branch]) { self.branches = branches }

  public func configuration(at point: Point) -> Configuration {
    let branch = branches[point.branch]
    var values: [String: ParameterValue] = [:]
    for (parameter, index) in zip(branch.parameters, point.indices) {
      values[parameter.name] = parameter.values[index]
    }
    return Configuration(backend: branch.backend, variant: branch.variant, parameters: values)
  }

  /// The point of a configuration, or nil where a name or a value is not in this space.
  public func point(of configuration: Configuration) -> Point? {
    let match = branches.firstIndex {
      $0.backend == configuration.backend && $0.variant == configuration.variant
    }
    guard let match, configuration.parameters.count == branches[match].parameters.count else {
      return nil
    }
    var indices: [Int] = []
    for parameter in branches[match].parameters {
      guard let value = configuration[parameter.name],
        let index = parameter.values.firstIndex(of: value)
      else { return nil }
      indices.append(index)
    }
    return Point(branch: match, indices: indices)
  }

  /// The untuned point of a branch.
  public func defaultPoint(ofBranch branch: Int) -> Point {
    Point(branch: branch, indices: branches[branch].defaults)
  }

  /// Does every constraint of its branch hold at the point?
  public func isValid(_ point: Point) -> Bool {
    guard branches.indices.contains(point.branch) else { return false }
    let branch = branches[point.branch]
    guard point.indices.count == branch.parameters.count else { return false }
    var values: [String: ParameterValue] = [:]
    for (parameter, index) in zip(branch.parameters, point.indices) {
      guard parameter.values.indices.contains(index) else { return false }
      values[parameter.name] = parameter.values[index]
    }
    return branch.constraints.allSatisfy { constraint in
      constraint.holds(constraint.parameters.compactMap { values[$0] })
    }
  }
}
