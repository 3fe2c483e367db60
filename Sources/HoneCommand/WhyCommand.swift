// WhyCommand.swift: `hone why`: why a configuration is served, against whom it was measured, by whom and when.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneOperations
internal import HoneReport

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Explains why a configuration is served.",
    discussion: """
      Examples:
        hone why gemm m=512 n=512 k=512
        hone why embedding-bag rows=1000000 dim=64 bags=512 lookups=10240 --policy cold

      Takes the same words as `hone lookup`. Exit code 1 where nothing is known.
      """)

  @OptionGroup var problem: ProblemOptions
  @OptionGroup var host: HardwareOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let question = try Question(problem, host, database)
    let answer = question.answer()
    let source = question.databases.first { $0.path == answer.database }
    guard let row = answer.row, let source else {
      Terminal.printError("hone: nothing is known about \(answer.query.problem.title)")
      throw ExitStatus.no
    }
    let explanation = source.explanation(of: row)
    try output.emit(explanation) { Self.text(explanation, answer) }
  }

  static func text(_ explanation: Explanation, _ answer: Answer) -> String {
    var facts = FactList()
    facts.add("Problem", explanation.problem.title)
    facts.add("Grade", answer.grade.rawValue)
    facts.add("Differs", answer.differs)
    facts.add("Served", explanation.configuration.key)
    facts.add("Time", explanation.measurement.map(time) ?? "")
    addComparisons(explanation, to: &facts)
    facts.add(
      "Noise floor", explanation.noiseFloor.map { "\(Scaled.decimals($0 * 100, 1)) %" } ?? "")
    facts.add("Correct", explanation.proof.map(proof) ?? "")
    facts.add("Conditions", conditions(explanation))
    addSearch(explanation, to: &facts)
    addMeters(explanation.measurement, to: &facts)
    facts.add("Tried", tried(explanation))
    facts.add("Measured", measured(explanation.provenance))
    facts.add("Record", explanation.record)
    return facts.text()
  }

  private static func addComparisons(_ explanation: Explanation, to facts: inout FactList) {
    if explanation.comparisons.allSatisfy({ $0.role != "default" }) {
      facts.add("Default", "this is the default: nothing was shown to be faster")
    }
    for comparison in explanation.comparisons {
      facts.add(label(of: comparison.role), [comparison.against.key, FactList.verdict(comparison)])
    }
    guard let runnerUp = explanation.runnerUp else { return }
    let behind = explanation.runnerUpBehind.map { share in
      let percent = Scaled.decimals(abs(share) * 100, 1)
      return "its median is \(percent) % \(share < 0 ? "shorter" : "longer")"
    }
    facts.add("Runner-up", [runnerUp.key, behind ?? ""])
  }

  /// Who thought of it, who is not shown to differ, and how far the search had come.
  private static func addSearch(_ explanation: Explanation, to facts: inout FactList) {
    facts.add("Origin", explanation.origin ?? "")
    facts.add(
      "Tied", (explanation.tied ?? []).filter { $0 != explanation.configuration }.map(\.key))
    guard let search = explanation.search else { return }
    let gain = Scaled.decimals(100 * search.expectedGain, 1)
    facts.add(
      "Search",
      "\(search.tried) of \(search.size) tried, ended by \(search.reason); as many again are expected to gain \(gain) %"
    )
  }

  /// "default", "best-of:openblas" → "Default", "Best of openblas".
  private static func label(of role: String) -> String {
    let words = role.replacing(":", with: " ").replacing("-", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  private static func time(_ measurement: Measurement) -> String {
    let (low, high) = (measurement.interval.low, measurement.interval.high)
    let interval = "\(Scaled.seconds(low)) … \(Scaled.seconds(high))"
    return "\(Scaled.seconds(measurement.median)) "
      + "(\(Scaled.percent(measurement.interval.confidence)): \(interval)), "
      + "\(measurement.samples.count) samples of \(measurement.batch) executions, "
      + "\(measurement.polluted) disturbed and retaken"
  }

  private static func proof(_ proof: Proof) -> String {
    "error \(proof.error) of at most \(proof.bound) against the oracle '\(proof.oracle)', "
      + "\(proof.compared) elements compared"
  }

  private static func conditions(_ explanation: Explanation) -> String {
    let policy = explanation.policy
    let beside =
      explanation.measurement?.neighbour.map(neighbour)
      ?? (policy.coLoad == "none" ? "nothing beside" : "\(policy.coLoad) beside")
    let sampling = policy.sampling
    let samples =
      sampling.batching == .single
      ? "one execution a sample" : "samples of \(sampling.sampleMicroseconds) µs or more"
    return "\(explanation.cores) cores, \(operands(explanation)), "
      + "pages \(policy.pages), \(beside), \(samples), clock \(sampling.clock.rawValue)"
  }

  /// "cold operands (B; the others warm)".
  private static func operands(_ explanation: Explanation) -> String {
    guard explanation.policy.operands == .cold,
      let names = Operations.named(explanation.problem.operation)?.constantOperands, !names.isEmpty
    else { return "\(explanation.policy.operands.rawValue) operands" }
    return "cold operands (\(names.joined(separator: ", ")); the others warm)"
  }

  /// "memory-50 beside, which held 47 % (8.10 GB/s) on processor 1".
  private static func neighbour(_ report: NeighbourReport) -> String {
    let amount =
      report.unit == "byte"
      ? Scaled.bytes(Int(report.amount)) : Scaled.rate(report.amount, unit: report.unit)
    let places = report.processors.map(String.init).joined(separator: ", ")
    return "\(report.name) beside, which held \(Scaled.percent(report.achieved)) (\(amount)) on "
      + (report.sharesCores ? "the measured processors \(places)" : "processors \(places)")
  }

  private static func counters(_ values: CounterValues) -> [String] {
    let order = ["cycles", "instructions", "llc-references", "llc-misses", "dtlb-misses"]
    let names =
      order.filter { values.counts[$0] != nil }
      + values.counts.keys.filter { !order.contains($0) }.sorted()
    let counts = names.map { "\($0) \(Scaled.rate(values.counts[$0] ?? 0, unit: ""))" }
    let pace = values.instructionsPerCycle.map {
      ["\(Scaled.decimals($0, 2)) instructions a cycle"]
    }
    let share =
      values.running < 0.995
      ? ["counted \(Scaled.percent(values.running)) of the time, scaled"] : []
    return [counts.joined(separator: ", ")] + (pace ?? []) + share
  }

  private static func energy(_ energy: Energy) -> String {
    "\(Scaled.joules(energy.joules)) for one execution beyond the idle "
      + "\(Scaled.decimals(energy.idleWatts, 1)) W (\(energy.domains.joined(separator: ", ")), "
      + "over \(Scaled.seconds(energy.seconds)))"
  }

  private static func addMeters(_ measurement: Measurement?, to facts: inout FactList) {
    facts.add("Energy", measurement?.energy.map { $0.value.map(energy) ?? $0.reason ?? "" } ?? "")
    let counted = measurement?.counters
    facts.add("Counters", counted?.value.map(counters) ?? [counted?.reason ?? ""])
  }

  private static func tried(_ explanation: Explanation) -> String {
    let total = explanation.tried.values.reduce(0, +)
    let parts = explanation.tried.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let sessions = explanation.sessions == 1 ? "1 session" : "\(explanation.sessions) sessions"
    return "\(total) configurations: \(parts.joined(separator: ", ")); "
      + "strategy \(explanation.provenance.strategy), seed \(explanation.provenance.seed); "
      + "\(sessions) in all"
  }

  private static func measured(_ provenance: Provenance) -> [String] {
    let libraries = provenance.libraries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return [
      "\(provenance.time) by \(provenance.tool), session \(provenance.session)",
      "on host \(provenance.host), \(provenance.hardwareClass)", libraries.joined(separator: ", "),
    ] + (provenance.quietness.map { ["the host then: \($0)"] } ?? [])
  }
}
