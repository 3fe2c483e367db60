// CheckBackend.swift: what every back end must do, as a function to call on each of them.

public import HoneBackends
public import HoneCore
public import HoneHost
internal import HoneOperations

/// Checks a back end on some problems: its branches are sound, its defaults and every other end of its parameters' ranges
/// compute what the oracle says, and what it does not have is refused rather than run.
/// - Parameter problems: with all fields (`Operation.normalised`); small, since the oracle computes them.
/// - Returns: violations in words; empty where the back end conforms.
public func checkBackend(
  _ backend: any Backend, problems: [Problem], host: HostFacts, cores: Int
) -> [String] {
  var violations: [String] = []
  if backend.name.isEmpty || backend.summary.isEmpty { violations.append("no name or summary") }
  if backend.libraries.isEmpty { violations.append("it names no library for provenance") }
  for problem in problems {
    let branches = backend.branches(for: problem, host: host, cores: cores)
    for (index, branch) in branches.enumerated() {
      let place = "\(branch.variant) on \(problem.key)"
      violations += shapeViolations(branch).map { "\(place): \($0)" }
      let space = Space(branches)
      for point in corners(of: branch, index) where space.isValid(point) {
        if let reason = violation(backend, space.configuration(at: point), problem) {
          violations.append("\(space.configuration(at: point).key) on \(problem.key): \(reason)")
        }
      }
    }
    let stranger = Configuration(backend: backend.name, variant: "no such variant")
    if (try? backend.plan(for: problem, stranger)) != nil {
      violations.append("it plans a variant that it does not have")
    }
  }
  return violations
}

private func shapeViolations(_ branch: Branch) -> [String] {
  var violations: [String] = []
  if Set(branch.parameters.map(\.name)).count != branch.parameters.count {
    violations.append("two parameters have one name")
  }
  for (parameter, index) in zip(branch.parameters, branch.defaults) {
    if Set(parameter.values).count != parameter.values.count || parameter.values.isEmpty {
      violations.append("the values of \(parameter.name) are empty or repeat")
    }
    if !parameter.values.indices.contains(index) {
      violations.append("the default of \(parameter.name) is not among its values")
    }
  }
  if !Space([branch]).isValid(Point(branch: 0, indices: branch.defaults)) {
    violations.append("its default violates a constraint")
  }
  return violations
}

/// The default, and the default with one parameter at its lowest or highest value.
private func corners(of branch: Branch, _ index: Int) -> [Point] {
  var points = [Point(branch: index, indices: branch.defaults)]
  for position in branch.parameters.indices {
    for value in [0, branch.parameters[position].values.count - 1] {
      var indices = branch.defaults
      indices[position] = value
      points.append(Point(branch: index, indices: indices))
    }
  }
  return Array(Set(points))
}

private func violation(
  _ backend: any Backend, _ configuration: Configuration, _ problem: Problem
) -> String? {
  guard let operation = Operations.named(problem.operation) else { return "unknown operation" }
  do {
    let operands = try operation.makeOperands(for: problem, seed: 11, copies: 2, pages: "4k")
    let plan = try backend.plan(for: problem, configuration)
    try plan.adopt(operands)
    for copy in [0, 1] {
      operands.poison()
      plan.prepare()
      try plan.execute(operands.arguments(copy: copy))
      let proof = operands.prove(copy: copy)
      if !proof.holds { return "error \(proof.error) is above \(proof.bound)" }
    }
    return nil
  } catch Refusal.unsupported {
    return nil  // a corner that cannot be: it said so
  } catch { return "\(error)" }
}
