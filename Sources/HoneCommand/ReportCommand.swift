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
    abstract: "Shows what was gained on a host, or several hosts side by side.",
    discussion: """
      Of one host: each problem that was tuned, with the untuned default, the best of the other back ends, and the tuned \
      configuration that is served; the gain with the interval of its paired comparison; and the share of what the \
      machine can do at most, as Hone measured it.

      Of several hosts: their times side by side, ratios to a base with intervals, totals over what all of them have, and \
      footnotes that say what to know before believing it. A host is a hardware class, the identifier of a machine, the \
      beginning of either, a pattern, or "all"; DATABASE:HOST where several databases have it.

      Examples:
        hone report                                   this machine
        hone report --workload dlrm                   one workload, in its order, with its weights
        hone report --section results --format csv    for a spreadsheet
        hone report all --baseline genoa              every host of the database, compared with one
        hone report --db one=A --db two=B             the hosts of two databases
        hone report all --filter 'operation:gemm m:(1 OR 16)' --sort -ratio
        hone report all --format html > report.html   everything as one page
      """)

  @Argument(help: "Hosts to compare; none: this machine, or all hosts of several databases.")
  var host: [String] = []

  @Option(
    help: "Only the problems of a preset or a workload file; its weights make the total.")
  var workload: String?

  @Option(help: "The host that others are compared with (default: the first).")
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Only this section; may be given several times. Of one host: \(Self.names(Sections.all.map { $0.name })). "
        + "Of several: \(Self.names(FleetSections.all.map { $0.name }))."))
  var section: [String] = []

  @OptionGroup var projection: ProjectionOptions
  @OptionGroup var database: DatabasesOptions
  @OptionGroup var hardware: HardwareOptions
  @OptionGroup var options: ReportOptions

  private static func names(_ names: [String]) -> String { names.joined(separator: ", ") }

  func validate() throws {
    let known = Sections.all.map { $0.name } + FleetSections.all.map { $0.name }
    if let stranger = section.first(where: { !known.contains($0) }) {
      let unique = known.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      throw ValidationError("There is no section '\(stranger)': \(Self.names(unique)).")
    }
    do {
      _ = try projection.projection()
    } catch let error as HoneError {
      throw ValidationError(error.description)
    }
  }

  func run() throws {
    let wanted = try workload.map(Self.wanted)
    guard isComparison else {
      return emit(ReportSubject(try known(), wanted: wanted))
    }
    let part = fleetSections.map { $0.needs }.max() ?? .served
    let hosts = try HostSelection(try database.readers(part: part)).hosts(host, wanted: wanted)
    if hosts.count == 1 && !projection.isGiven && section.allSatisfy(Self.isOfOneHost) {
      return emit(hosts[0].subject)
    }
    try compare(hosts)
  }

  private var isComparison: Bool {
    !host.isEmpty || database.db.count > 1 || projection.isGiven
  }

  /// Scaling, say, is a section of fleets, and a fleet of one host has it, too.
  private static func isOfOneHost(_ section: String) -> Bool { Sections.named(section) != nil }

  private func emit(_ subject: ReportSubject) {
    let sections = section.isEmpty ? Sections.all : section.compactMap(Sections.named)
    options.emit(Report(of: subject, sections: sections))
  }

  private func compare(_ hosts: [FleetHost]) throws {
    let fleet = Fleet(hosts, baseline: try position(of: baseline, in: hosts))
    let grid = Grid(fleet, try projection.projection())
    let problem = grid.reasonNotComparable
    if !grid.rows.isEmpty { options.emit(Report(of: grid, sections: fleetSections)) }
    if let problem { throw problem }
  }

  private var fleetSections: [any FleetSection.Type] {
    let usual = options.format.renderer.showsEverything ? FleetSections.all : FleetSections.usual
    return section.isEmpty ? usual : section.compactMap(FleetSections.named)
  }

  private func position(of name: String?, in hosts: [FleetHost]) throws -> Int {
    guard let name else { return 0 }
    let names = Fleet(hosts).hosts.map(\.name)
    let exact = hosts.indices.filter { hosts[$0].name == name || names[$0] == name }
    let begun = hosts.indices.filter {
      hosts[$0].name.hasPrefix(name) || hosts[$0].machines.contains(name)
        || names[$0].hasPrefix(name)
    }
    if let found = exact.first ?? (begun.count == 1 ? begun[0] : nil) { return found }
    let near = NearestNames.of(name, among: names)
    throw HoneError(
      .usage, "the base '\(name)' is none of the hosts that are compared",
      advice: "They are: \((near.isEmpty ? names : near).joined(separator: ", ")).")
  }

  /// The records of the hardware class, from the first database on the search path that has some.
  private func known() throws -> HardwareClassRecords {
    let databases = try database.readers().map(\.database)
    let name = try hardware.hardwareClass ?? ThisHost().hardwareClass
    if let known = databases.lazy.compactMap({ $0[name] }).first { return known }
    let others = databases.flatMap(\.classes).map(\.name).joined(separator: ", ")
    throw HoneError(
      .unusableData, "nothing was tuned on the hardware class \(name)",
      advice: others.isEmpty
        ? "Run `hone tune` first." : "Run `hone tune`, or name a host: \(others).")
  }

  static func wanted(_ argument: String) throws -> [WantedProblem] {
    try Workload.load(argument).normalised(by: Operations.all).entries.map {
      WantedProblem($0.problem, policy: $0.policy, weight: $0.weight)
    }
  }
}
