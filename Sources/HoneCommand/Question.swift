// Question.swift: what `lookup` and `why` ask, and of which databases.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneOperations

struct HardwareOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask for other hardware: a folder below hosts/ (default: this host's class).",
      valueName: "class"))
  var hardwareClass: String?
}

struct Question {
  let query: LookupQuery
  let databases: [Database]
  /// nil where the question is about other hardware: then nobody here knows what it can run.
  private let here: ThisHost?

  init(_ options: ProblemOptions, _ host: HardwareOptions, _ database: DatabaseOptions) throws {
    let problem = try options.problem()
    databases = try database.readers()
    let needsHost = host.hardwareClass == nil || options.cores == nil
    let machine = needsHost ? try ThisHost() : nil
    here = host.hardwareClass == nil ? machine : nil
    let cores = options.cores ?? machine?.cores ?? 1
    guard cores >= 1 else {
      throw HoneError(.usage, "--cores cannot be \(cores)", advice: "Give 1 or more.")
    }
    query = LookupQuery(
      problem: problem, cores: cores, policy: options.policy.name,
      hardwareClass: host.hardwareClass ?? machine?.hardwareClass ?? "")
  }

  func answer() -> Answer {
    let here = here
    let cost = { @Sendable (problem: Problem) in
      Operations.named(problem.operation)?.cost(of: problem)
    }
    let canRun = { @Sendable (configuration: Configuration) in
      here?.canRun(configuration) ?? true
    }
    return Lookup(
      databases, libraries: here?.libraries, canRun: canRun, cost: cost,
      likeness: { Operations.likeness($0, $1) }
    ).answer(query)
  }
}
