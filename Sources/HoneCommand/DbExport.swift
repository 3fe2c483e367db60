// DbExport.swift: `hone db export`: a table of the database in another tool's form.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneFormats

struct DbExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes what was tuned in another tool's form, and says what that form cannot hold.",
    discussion: """
      Formats:
      \(Formats.writers.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      Examples:
        hone db export --format csv > results.csv
        hone db export --format kernel-tuner --operation gemm --cores 2 --output caches
        hone db export --format c-header --operation gemm --cores 2 --policy warm --output include

      One file goes to standard output; several need --output FOLDER. Exit code 1 where no row matches.
      """)

  @Option(help: ArgumentHelp("The form: see above.", valueName: "name"))
  var format: String

  @OptionGroup var filter: RowFilter
  @OptionGroup var database: DatabaseOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write files into this folder.", valueName: "folder"))
  var output: String?

  @Flag(help: "Say as JSON what was written; needs --output.")
  var json = false

  struct Result: Encodable {
    var format: String
    var files: [String]
    var notExpressed: [String]
  }

  func validate() throws {
    guard !json || output != nil else { throw ValidationError("--json needs --output FOLDER.") }
  }

  func run() throws {
    let writer = try Formats.writer(named: format)
    let database = try Database(path: try database.path())
    for finding in database.findings { Terminal.printError("hone: \(finding)") }
    let records = try filter.records(of: database)
    let all = writer.wantsServed ? records.best.map(\.record) : records.records.map(\.record)
    let table = ForeignTable(
      records: all.filter(filter.matches), device: records.name,
      dimensions: RowFilter.dimensions)
    guard !table.rows.isEmpty else {
      Terminal.printError("hone: no row matches; `hone db stats` says what there is")
      throw ExitStatus.no
    }
    try emit(try writer.write(table))
  }

  private func emit(_ documents: [ForeignDocument]) throws {
    var said: Set<String> = []
    let lost = documents.flatMap(\.notExpressed).filter { said.insert($0).inserted }
    if !json { for loss in lost { Terminal.printError("hone: not in \(format): \(loss)") } }
    guard let output else {
      guard documents.count == 1, let document = documents.first else {
        throw HoneError(
          .usage, "\(format) needs \(documents.count) files for these rows",
          advice:
            "Give --output FOLDER, or choose rows with --operation, --types, --cores, --policy.")
      }
      return Terminal.print(document.text)
    }
    let paths = try documents.map { document in
      let path = "\(output)/\(document.name)"
      try FileOutput.write(document.text, to: path)
      return path
    }
    let result = Result(format: format, files: paths, notExpressed: lost)
    Terminal.print(json ? try OutputOptions.json(result) : paths.joined(separator: "\n"))
  }
}
