// Question.swift: what `lookup` and `why` ask, and of which databases.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase

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

  init(_ options: ProblemOptions, _ host: HardwareOptions, _ database: DatabaseOptions) throws {
    let problem = try options.problem()
    databases = try database.readers()
    let needsHost = host.hardwareClass == nil || options.cores == nil
    let here = needsHost ? try ThisHost() : nil
    let cores = options.cores ?? here?.cores ?? 1
    guard cores >= 1 else {
      throw HoneError(.usage, "--cores cannot be \(cores)", advice: "Give 1 or more.")
    }
    query = LookupQuery(
      problem: problem, cores: cores, policy: options.policy,
      hardwareClass: host.hardwareClass ?? here?.hardwareClass ?? "")
  }

  func answer() -> Answer { Lookup(databases).answer(query) }
}
