// DoctorCommand.swift: `hone doctor`: what on this machine makes measurements untrustworthy, and what to do.

internal import ArgumentParser
internal import HoneBackends
internal import HoneCore
internal import HoneHost
internal import HoneReport

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Judges whether this machine is quiet enough to be measured on.",
    discussion: """
      Each check is OK, WARN (measurements are less certain) or BAD (do not trust
      them). The exit code is 1 where any check is BAD.

      Examples:
        hone doctor                  look for 1.5 seconds
        hone doctor --seconds 10     look longer: bursts of other work show
        hone doctor --format json    for programs
        hone doctor --drift          time again what the database serves here: each row holds, has moved,
                                     is lost (the default is as fast now) or unusable
      """)

  @Option(
    help: "How long to look, in seconds (0.2 to 60): half of it idle, half of it busy on one core.")
  var seconds = 1.5

  @OptionGroup var drift: DriftOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0.2...60).contains(seconds) else {
      throw ValidationError("--seconds takes 0.2 to 60.")
    }
  }

  func run() throws {
    if drift.drift { return try drift.run(output) }
    let topology = try Topology.live()
    var quietness = Quietness.inspect(topology, seconds: seconds)
    quietness.findings += Self.findings(Backends(host: topology.facts), topology.facts)
    let usesColor = Terminal.usesColor(disabled: output.noColor)
    let meters = MeterSurvey.all()
    try output.emit(DoctorReport(quietness, meters)) {
      Self.text(quietness, usesColor: usesColor) + "\n\n" + Self.text(meters)
    }
    if quietness.grade == .bad { throw ExitStatus.no }
  }

  /// Libraries that compete below their best: a win over them is worth less.
  static func findings(_ backends: Backends, _ host: HostFacts) -> [Quietness.Finding] {
    backends.all.map { backend in
      let complaint = backend.complaint(host: host)
      return Quietness.Finding(
        check: "back end \(backend.name)", value: complaint == nil ? "ready" : "not at its best",
        grade: complaint == nil ? .ok : .warn, advice: complaint ?? "")
    }
  }

  private static let colors: [Quietness.Grade: String] = [.warn: "33", .bad: "31"]

  static func text(_ quietness: Quietness, usesColor: Bool) -> String {
    var table = TextTable([.init("check"), .init("value"), .init("grade"), .init("what to do")])
    for finding in quietness.findings {
      table.add([finding.check, finding.value, finding.grade.rawValue, finding.advice])
    }
    let lines = table.rendered().split(separator: "\n").map(String.init)
    let colored = zip(lines.dropFirst(2), quietness.findings).map { line, finding in
      paint(line, finding.grade, usesColor)
    }
    return (lines.prefix(2) + colored + ["", "In short: \(quietness.digest)"])
      .joined(separator: "\n")
  }

  static func text(_ meters: [MeterSurvey]) -> String {
    var facts = FactList()
    for meter in meters {
      facts.add(
        meter.name, meter.isAvailable ? meter.detail : "not available: \(meter.detail)")
    }
    return facts.text()
  }

  /// Colours the whole row, and only rows that are not OK.
  private static func paint(_ line: String, _ grade: Quietness.Grade, _ usesColor: Bool) -> String {
    guard usesColor, let color = colors[grade] else { return line }
    return "\u{1b}[\(color)m\(line)\u{1b}[0m"
  }
}

/// The JSON of `hone doctor`.
struct DoctorReport: Encodable {
  var schema = "hone-doctor/1"
  var grade: Quietness.Grade
  var digest: String
  var findings: [Quietness.Finding]
  var meters: [MeterSurvey]

  init(_ quietness: Quietness, _ meters: [MeterSurvey]) {
    self.meters = meters
    grade = quietness.grade
    digest = quietness.digest
    findings = quietness.findings
  }
}
