// ProblemOptions.swift: a problem given as words on the command line: `gemm m=512 n=512 k=512 transB=t`.

internal import ArgumentParser
internal import HoneCore
internal import HoneOperations

struct ProblemOptions: ParsableArguments {
  @Argument(help: "gemm, embedding-bag or attention.")
  var operation: String

  @Argument(
    help: ArgumentHelp(
      "Dimensions and attributes; what is left out has its default.", valueName: "name=value"))
  var fields: [String] = []

  @Option(help: ArgumentHelp("Data types.", valueName: "types"))
  var types: String = "f32"

  @Option(
    help: ArgumentHelp("Cores that the caller has (default: all of this host).", valueName: "n"))
  var cores: Int?

  @Option(
    help: ArgumentHelp(
      "Conditions of the measurement: \(MeasurementPolicy.grammar).", valueName: "policy"),
    transform: { try MeasurementPolicy(name: $0) })
  var policy = MeasurementPolicy()

  /// With every field present.
  func problem() throws -> Problem {
    guard let known = Operations.named(operation) else {
      throw HoneError(
        .usage, "there is no operation '\(operation)'",
        advice: "Choose one of: \(Operations.all.map(\.name).joined(separator: ", ")).")
    }
    var problem = Problem(operation: operation, types: types, shape: [:])
    for field in fields { try set(field, in: &problem, of: known) }
    return try known.normalised(problem)
  }

  private func set(
    _ field: String, in problem: inout Problem, of operation: any HoneOperations.Operation
  ) throws {
    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let value = parts.count == 2 ? String(parts[1]) : ""
    if operation.attributes.contains(where: { $0.name == name }) {
      problem.attributes[name] = value
      return
    }
    guard let extent = Int(value) else {
      let names = operation.dimensions.map(\.name) + operation.attributes.map(\.name)
      throw HoneError(
        .usage, "'\(field)' is no name=value of \(operation.name)",
        advice: "Its names are: \(names.joined(separator: ", ")).")
    }
    problem.shape[name] = extent
  }
}

extension Problem {
  /// As people write it in a table: "gemm 512x512x512 tn".
  var title: String {
    let title = Operations.named(operation)?.title(of: self)
    return title.map { "\(operation) \($0)" } ?? key
  }
}
