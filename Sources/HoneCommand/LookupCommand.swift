// LookupCommand.swift: `hone lookup`: how to compute a problem here, and how far the answer is from the question.

internal import ArgumentParser
internal import HoneCore
internal import HoneDatabase
internal import HoneReport

struct LookupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lookup",
    abstract: "Looks up the best known configuration of a problem.",
    discussion: """
      Examples:
        hone lookup gemm m=512 n=512 k=512
        hone lookup gemm m=1 n=4096 k=4096 transB=t --policy cold --cores 2 --format json
        hone lookup attention heads=32 kvHeads=8 lq=1 lk=2048 headDim=128
        hone lookup gemm 'm=*' n=4096 k=4096      every m that was tuned
        hone lookup gemm m=64..256 n=~4000        a range; the power-of-two bucket of 4000

      The answer has a grade: exact, same-hardware (another policy or core count), near-shape,
      near-hardware, or default (nothing is known; exit code 1), and says what differs, and what
      changed since it was measured. With *, A..B or ~N all rows that match are listed; what is not named may
      be anything.
      """)

  @OptionGroup var problem: ProblemOptions
  @OptionGroup var host: HardwareOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    if let pattern = try problem.pattern() { return try list(pattern) }
    let answer = try Question(problem, host, database).answer()
    try output.emit(answer) { Self.text(answer) }
    if answer.grade == .default { throw ExitStatus.no }
  }

  static func text(_ answer: Answer) -> String {
    var facts = FactList()
    facts.add("Problem", answer.query.problem.title)
    facts.add(
      "For", "\(answer.query.cores) cores, \(answer.query.policy), \(answer.query.hardwareClass)")
    facts.add("Grade", answer.grade.rawValue)
    facts.add("Differs", answer.differs)
    facts.add("Stale", answer.stale.isEmpty ? [] : answer.stale + ["tune it again: hone tune"])
    if answer.grade != .exact, let regret = answer.predictedRegret {
      facts.add("Regret", "about \(Scaled.decimals(regret * 100, 1)) % slower than its own best")
    }
    if let seconds = answer.predictedSeconds {
      facts.add("Expected", "\(Scaled.seconds(seconds)) on the shape that was asked for")
    }
    if let row = answer.row {
      facts.add("Configuration", row.configuration.key)
      facts.add("Time", Scaled.seconds(row.median))
      facts.add("Default", row.record.againstDefault.map(FactList.verdict) ?? "this is the default")
      facts.add("Record", row.stored.id)
      facts.add("Database", answer.database ?? "")
    } else {
      facts.add("Configuration", "the back end's default")
    }
    return facts.text()
  }
}

// MARK: - Many shapes

extension LookupCommand {
  private struct Row: Encodable {
    var problem: Problem
    var cores: Int
    var policy: String
    var configuration: Configuration
    var seconds: Double
    var database: String
  }

  private func list(_ pattern: ShapePattern) throws {
    let name = try host.hardwareClass ?? ThisHost().hardwareClass
    let rows = try database.readers().flatMap { database in
      (database[name]?.rows(matching: pattern, cores: problem.cores, policy: nil) ?? []).map {
        Row(
          problem: $0.problem, cores: $0.cores, policy: $0.policy.name,
          configuration: $0.configuration, seconds: $0.median, database: database.path)
      }
    }
    try output.emit(rows) {
      var table = TextTable(
        ["problem", "cores", "policy", "time", "configuration"].map { .init($0) })
      for row in rows {
        table.add([
          row.problem.title, "\(row.cores)", row.policy, Scaled.seconds(row.seconds),
          row.configuration.key,
        ])
      }
      return rows.isEmpty ? "no row matches" : table.rendered()
    }
    if rows.isEmpty { throw ExitStatus.no }
  }
}
