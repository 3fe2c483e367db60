// ReportCommand.swift: `hone report`: what was gained on a machine, and how near it is to what the machine can do.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneOperations
internal import HoneReport
internal import HoneWorkloads

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Shows what was gained: default, OpenBLAS and tuned, verdicts, shares of the limit.",
    discussion: """
      Each problem that was tuned, with the untuned default, the best of the other back ends, and the tuned \
      configuration that is served; the gain with the interval of its paired comparison; and the share of what this \
      machine can do at most, as Hone measured it.

      Examples:
        hone report                                   this machine
        hone report --workload dlrm                   one workload, in its order, with its weights
        hone report --section results --format csv    for a spreadsheet
        hone report --hardware-class NAME             another machine of the database
      """)

  @Option(
    help: "Only the problems of a preset or a workload file; its weights make the total.")
  var workload: String?

  @Option(
    help: ArgumentHelp(
      "Only this section; may be given several times: "
        + Sections.all.map { $0.name }.joined(separator: ", ") + "."))
  var section: [String] = []

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var hardware: HardwareOptions
  @OptionGroup var options: ReportOptions

  func validate() throws {
    if let stranger = section.first(where: { Sections.named($0) == nil }) {
      throw ValidationError(
        "There is no section '\(stranger)': \(Sections.all.map { $0.name }.joined(separator: ", "))."
      )
    }
  }

  func run() throws {
    let subject = ReportSubject(try known(), wanted: try workload.map(Self.wanted))
    let sections = section.isEmpty ? Sections.all : section.compactMap(Sections.named)
    options.emit(Report(of: subject, sections: sections))
  }

  /// The records of the hardware class, from the first database on the search path that has some.
  private func known() throws -> HardwareClassRecords {
    let databases = try database.readers()
    let name = try hardware.hardwareClass ?? ThisHost().hardwareClass
    if let known = databases.lazy.compactMap({ $0[name] }).first { return known }
    let others = databases.flatMap(\.classes).map(\.name).joined(separator: ", ")
    throw HoneError(
      .unusableData, "nothing was tuned on the hardware class \(name)",
      advice: others.isEmpty
        ? "Run `hone tune` first." : "Run `hone tune`, or give --hardware-class: \(others).")
  }

  private static func wanted(_ argument: String) throws -> [WantedProblem] {
    try Workload.load(argument).normalised(by: Operations.all).entries.map {
      WantedProblem($0.problem, policy: $0.policy, weight: $0.weight)
    }
  }
}
