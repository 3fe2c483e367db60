// DatabaseBenchmark.swift: how long a large database takes to open and to answer, in what memory; and whether killed writers lose anything.

internal import FoundationEssentials
internal import Glibc
internal import HoneCore
internal import HoneDatabase

enum DatabaseBenchmark {
  static let usage =
    "[--records N] | --kills N [--writers N] [--seed N] | --write FOLDER NAME (a writer, to be killed) | --open FOLDER PART (a reader)"

  static func run(_ arguments: [String]) throws {
    if arguments.count == 3, arguments[0] == "--write" {
      return try DatabaseKills.write(to: arguments[1], name: arguments[2])
    }
    if arguments.count == 3, arguments[0] == "--open" {
      return try open(arguments[1], part: arguments[2] == "served" ? .served : .all)
    }
    var numbers = ["--records": 100_000, "--kills": 0, "--writers": 4, "--seed": 1]
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard numbers[name] != nil, let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else {
        throw HoneError(.usage, "usage: hone-bench database \(usage)")
      }
      numbers[name] = value
    }
    if let kills = numbers["--kills"], kills > 0 {
      return try DatabaseKills.run(
        kills: kills, writers: numbers["--writers"] ?? 4, seed: UInt64(numbers["--seed"] ?? 1))
    }
    try measure(records: numbers["--records"] ?? 0)
  }

  /// Readers are processes of their own: what filling the database left in memory would hide what they need.
  private static func measure(records: Int) throws {
    let folder = try temporaryFolder()
    defer { try? remove(folder) }
    let path = try fill(folder, records: records)
    for part in ["all", "served"] {
      guard try ChildProcess(["database", "--open", path, part]).wait() == 0 else {
        throw HoneError(.internal, "the reader failed; see its message above")
      }
    }
  }

  /// Opens a database and asks: memory is what this process grew by.
  private static func open(_ path: String, part: RecordPart) throws {
    let before = residentBytes()
    let clock = ContinuousClock()
    var database: Database?
    let opening = try clock.measure { database = try Database(path: path, part: part) }
    let grown = residentBytes() - before
    guard let database else { return }
    let exact = LookupQuery(
      problem: problem(17), cores: 2, policy: "warm", hardwareClass: hardwareClass)
    var near = exact
    near.problem.shape["m"] = 100
    let lookup = Lookup([database])
    var answers: [Answer] = []
    let first = clock.measure { answers.append(lookup.answer(exact)) }
    let untuned = clock.measure { answers.append(lookup.answer(near)) }
    let count = database.classes.reduce(0) { $0 + $1.records.count }
    print(
      "\(part == .all ? "all records" : "served records"): \(count), rows \(database.classes.reduce(0) { $0 + $1.best.count })"
    )
    print(
      "open \(opening), first look-up \(first) (\(answers[0].grade.rawValue)), untuned shape \(untuned) (\(answers[1].grade.rawValue))"
    )
    print("memory \(grown >> 20) MiB, \(grown / max(1, count)) bytes a record")
  }

  static let hardwareClass = "bench-2c"
  private static let perProblem = 50

  static func problem(_ number: Int) -> Problem {
    Problem(
      operation: "gemm", types: "f32",
      shape: [
        "m": 1 + number % 64, "n": 64 * (1 + number / 64 % 64), "k": 64 * (1 + number / 4096),
      ],
      attributes: ["transA": "n", "transB": "n"])
  }

  static func record(_ number: Int, session: String, isFinal: Bool, host: String) -> Record {
    let median = 1e-3 * (1 + Double(number % 97) / 97)
    let configuration = Configuration(
      backend: "hone", variant: "gemm.f32.packed.6x16@x86v3",
      parameters: ["kc": .int(number % 1000), "mc": 96, "threads": 2])
    let against = Configuration(backend: "hone", variant: "gemm.f32.packed.4x16@x86v3")
    let samples = (0..<9).map { median * (1 + 0.001 * Double($0 - 4)) }
    return Record(
      problem: problem(number / perProblem), cores: 2, configuration: configuration,
      outcome: .measured, stage: isFinal ? .final : .screen, policy: .init(),
      measurement: Measurement(
        samples: samples, batch: 4, median: median,
        interval: Interval(low: median * 0.99, high: median * 1.01)),
      proof: Proof(oracle: "double", error: 0.1, bound: 1, compared: 100), relativeTime: 0.7,
      noiseFloor: 0.01,
      comparisons: isFinal
        ? [
          Comparison(
            role: "default", against: against, speedup: 1.4,
            interval: Interval(low: 1.38, high: 1.42), pairs: 21, verdict: .faster)
        ] : [],
      served: isFinal,
      provenance: Provenance(
        tool: "hone 0.1.0", libraries: ["openblas": "0.3.21"], hardwareClass: hardwareClass,
        host: host, session: session, seed: 1, strategy: "auto", space: "bench",
        time: "2026-01-01T00:00:00Z"))
  }

  private static func fill(_ folder: String, records: Int) throws -> String {
    let writer = try DatabaseWriter(path: folder, hardwareClass: hardwareClass, host: "bench")
    for number in 0..<records {
      let isFinal = number % perProblem == perProblem - 1
      // A final is synchronised with the disk: here only their number matters, so most are screening records.
      try writer.append(record(number, session: "s", isFinal: isFinal, host: "bench"))
    }
    try writer.refreshBest()
    return folder
  }

  static func temporaryFolder() throws -> String {
    var template = Array(("/tmp/hone-bench-" + String(repeating: "X", count: 6)).utf8CString)
    guard mkdtemp(&template) != nil else {
      throw HoneError(
        .unavailable, "cannot make a folder below /tmp", advice: "Check its permissions.")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func remove(_ folder: String) throws {
    try FileManager.default.removeItem(atPath: folder)
  }

  private static func residentBytes() -> Int {
    var bytes = [UInt8](repeating: 0, count: 256)
    let descriptor = Glibc.open("/proc/self/statm", O_RDONLY)
    let count = read(descriptor, &bytes, bytes.count)
    close(descriptor)
    let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }
}
