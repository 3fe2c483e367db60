// Kills.swift: `hone-bench kills`: kill -9 at random moments of tunings: nothing that was recorded is lost, and searches go on as they would have.

internal import FoundationEssentials
internal import Glibc
internal import HoneCore
internal import HoneDatabase

/// One session runs undisturbed and tells what the strategy proposes. Then sessions are killed at random moments and started again
/// until they end; after each kill the journal must hold every record that it held before, and each proposal must be the one with that number
/// in the undisturbed session.
struct Kills {
  static let usage = "[--moments N] [--seed N] [--strategy NAME] [--format text|json]"

  struct Result: Encodable {
    var moments = 0
    /// Sessions that ended before their moment came.
    var finished = 0
    var recordsAfterKills = 0
    var lostRecords = 0
    /// Damage beyond a torn last line.
    var damaged = 0
    var proposalsCompared = 0
    var otherProposals = 0
    var repeatedProposals = 0

    var isGood: Bool {
      lostRecords + damaged + otherProposals + repeatedProposals == 0 && proposalsCompared > 0
    }
  }

  private let options: Arguments
  private let folder: String
  private var generator: SeededGenerator
  private var expected: [String: Configuration] = [:]
  private var seconds = 0.0
  private var result = Result()

  struct Arguments {
    var moments = 50
    var seed: UInt64 = 1
    var strategy = "local"
    var isJSON = false
  }

  static func run(_ arguments: [String]) throws {
    if arguments.first == "--session", arguments.count == 3 {
      return try KillSession.run(database: arguments[1], strategy: arguments[2])
    }
    var kills = Kills(try parse(arguments))
    defer { try? FileManager.default.removeItem(atPath: kills.folder) }
    try kills.run()
    kills.print()
    if !kills.result.isGood { exit(1) }
  }

  private init(_ options: Arguments) {
    self.options = options
    generator = SeededGenerator(seed: options.seed)
    folder = "\(FileManager.default.temporaryDirectory.path)/hone-kills-\(getpid())"
  }

  private mutating func run() throws {
    let whole = "\(folder)/whole"
    let start = ContinuousClock.now
    guard try session(whole).wait() == 0 else {
      throw HoneError(.internal, "the undisturbed session failed")
    }
    seconds = (ContinuousClock.now - start) / .seconds(1)
    expected = try proposals(whole).mapValues { $0[0] }
    var database = 0
    while result.moments < options.moments {
      if try killOnce("\(folder)/\(database)") { continue }
      result.finished += 1
      try compare("\(folder)/\(database)")
      database += 1
    }
    guard try session("\(folder)/\(database)").wait() == 0 else {
      throw HoneError(.internal, "the session after the last kill failed")
    }
    try compare("\(folder)/\(database)")
  }

  private func session(_ database: String) throws -> ChildProcess {
    try ChildProcess(["kills", "--session", database, options.strategy])
  }

  /// False where the session ended before its moment.
  private mutating func killOnce(_ path: String) throws -> Bool {
    var before: Set<String> = []
    let child = try session(path)
    let moment = generator.unit() * seconds * 0.6
    guard try child.kill(after: moment, look: { before = try identifiers(path) }) else {
      return false
    }
    result.moments += 1
    let after = try identifiers(path)
    result.recordsAfterKills += after.count
    result.lostRecords += before.subtracting(after).count
    if let database = try? Database(path: path) {
      result.damaged += database.findings.count { $0.severity == .error }
    }
    return true
  }

  private func identifiers(_ path: String) throws -> Set<String> {
    guard let database = try? Database(path: path) else { return [] }
    return Set(database.classes.flatMap(\.records).map(\.id))
  }

  /// "problem, number of the proposal" → what was proposed; more than one where it was measured again.
  private func proposals(_ path: String) throws -> [String: [Configuration]] {
    let records = try Database(path: path).classes.flatMap(\.records).map(\.record)
    let steps = records.filter { $0.stage == .screen && $0.step != nil }
    return Dictionary(grouping: steps) { "\($0.problem.key) \($0.step?.number ?? 0)" }
      .mapValues { $0.map(\.configuration) }
  }

  private mutating func compare(_ path: String) throws {
    for (key, configurations) in try proposals(path) {
      result.repeatedProposals += configurations.count - 1
      guard let wanted = expected[key] else { continue }
      result.proposalsCompared += 1
      if configurations[0] != wanted { result.otherProposals += 1 }
    }
  }

  private func print() {
    if options.isJSON, let data = try? JSONEncoder().encode(result) {
      return Swift.print(String(decoding: data, as: UTF8.self))
    }
    Swift.print(
      """
      moments of kill -9      \(result.moments)
      sessions that ended     \(result.finished)
      records lost            \(result.lostRecords) (of \(result.recordsAfterKills) seen after kills)
      journals damaged        \(result.damaged)
      proposals compared      \(result.proposalsCompared)
      other than undisturbed  \(result.otherProposals)
      measured twice          \(result.repeatedProposals)
      \(result.isGood ? "Nothing was lost, and every search went on as it would have." : "FAILED")
      """)
  }

  private static func parse(_ arguments: [String]) throws -> Arguments {
    var options = Arguments()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let value = rest.popFirst() ?? ""
      switch argument {
      case "--moments": options.moments = max(1, Int(value) ?? 50)
      case "--seed": options.seed = UInt64(value) ?? 1
      case "--strategy": options.strategy = value
      case "--format": options.isJSON = value == "json"
      default: throw HoneError(.usage, "'\(argument)' is not understood", advice: "Usage: \(usage)")
      }
    }
    return options
  }
}
