// DbImport.swift: `hone db import`: another tool's results as records that are never served.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneFormats
internal import HoneOperations

struct DbImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract:
      "Adds another tool's results as facts that are never served: nobody here proved them.",
    discussion: """
      Formats (seen in the file's content where --format is left out):
      \(Formats.readers.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      Examples:
        hone db import gemm-cache.json
        hone db import tunableop_results0.csv --hardware-class mi250x --dry-run

      Importing a file twice adds nothing. Exit code 1 where nothing in the file is a measurement.
      """)

  @Argument(help: "The file.", completion: .file())
  var file: String

  @Option(help: ArgumentHelp("Its form, where its content does not say it.", valueName: "name"))
  var format: String?

  @Option(
    help: ArgumentHelp(
      "What the machine is called here (default: made of the device's name in the file).",
      valueName: "class"))
  var hardwareClass: String?

  @Flag(help: "Only say what would be added.")
  var dryRun = false

  @Flag(help: "Say it as JSON.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  struct Result: Encodable {
    var file: String
    var format: String
    var database: String
    var hardwareClass: String
    var records: Int
    /// Of these, how many were not there before.
    var added: Int
    var notExpressed: [String]
  }

  func run() throws {
    let bytes = try FileOutput.read(file)
    let table = try Formats.read(ForeignSource(name: file, bytes: bytes), format: format)
    let name =
      hardwareClass ?? ImportedRecords.hardwareClass(of: table.device, tool: table.tool)
    let origin = ImportedRecords.Origin(
      tool: "hone \(HoneCommand.configuration.version)", hardwareClass: name,
      host: HostIdentifier.current(), session: HostIdentifier.session(ofImported: bytes))
    let imported = ImportedRecords(table, from: origin, normalise: Self.normalised)
    let path = SearchPath.writer(chosen: database.db)
    let added = try add(imported.records, to: path, name)
    let result = Result(
      file: file, format: table.tool, database: path, hardwareClass: name,
      records: imported.records.count, added: added, notExpressed: imported.notExpressed)
    say(result)
    if json { Terminal.print(try OutputOptions.json(result)) }
    if imported.records.isEmpty { throw ExitStatus.no }
  }

  /// Of operations that Hone knows the problem with all its fields; of others as it is.
  static func normalised(_ problem: Problem) throws -> Problem {
    guard let operation = Operations.named(problem.operation),
      operation.types.contains(problem.types)
    else { return problem }
    return try operation.normalised(problem)
  }

  private func add(_ records: [Record], to path: String, _ name: String) throws -> Int {
    let known = Set((try? Database(path: path))?[name]?.records.map(\.id) ?? [])
    let missing = try records.filter { !known.contains(try StoredRecord($0).id) }
    guard !dryRun, !missing.isEmpty else { return missing.count }
    let writer = try DatabaseWriter(
      path: path, hardwareClass: name, host: HostIdentifier.current())
    for record in missing { try writer.append(record) }
    try writer.refreshBest()
    return missing.count
  }

  private func say(_ result: Result) {
    guard !json else { return }
    for loss in result.notExpressed { Terminal.printError("hone: not kept: \(loss)") }
    let verb = dryRun ? "would add" : "added"
    Terminal.print(
      "\(result.file): \(result.format), \(result.records) records of \(result.hardwareClass), "
        + "\(verb) \(result.added) to \(result.database)")
  }
}
