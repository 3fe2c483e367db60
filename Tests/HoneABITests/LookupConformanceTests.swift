// LookupConformanceTests.swift: libhone's answers are those of HoneDatabase, on random databases and questions.

import CHone
import CHone.Internals
import CPlatform
import Foundation
import HoneCore
import HoneDatabase
import HoneHost
import HoneOperations
import Testing

/// Random rows and questions that meet each other often.
private struct RandomRows {
  var generator: SeededGenerator
  let classes = ["own", "near", "far"]
  let extents = [1, 7, 64, 65, 100, 128, 512, 2000, 2048]

  mutating func pick<Element>(_ list: [Element]) -> Element { list[generator.below(list.count)] }

  mutating func problem() throws -> Problem {
    let operation = pick(Operations.all)
    var problem = Problem(operation: operation.name, types: "f32", shape: [:])
    for dimension in operation.dimensions where dimension.fallback == nil {
      problem.shape[dimension.name] = pick(extents)
    }
    if operation.name == "gemm", generator.below(3) == 0 {
      problem.attributes["transB"] = "t"
    }
    if operation.name == "embedding-bag", generator.below(3) > 0 {
      problem.attributes["distribution"] = pick([
        "zipf", "reuse2021", "reuse2022", "reuse:1000000:1000", "reuse:1040000:43.50.67.840",
        "reuse:1040000:43.50.77.830", "reuse:2000:100.200.0.700",
      ])
    }
    return try operation.normalised(problem)
  }

  mutating func configuration() -> Configuration {
    let set = pick(["x86v2", "x86v3", "x86v4", "armv8", "z80", ""])
    let variant = "v\(generator.below(3))" + (set.isEmpty ? "" : "@\(set)")
    var parameters: [String: ParameterValue] = ["kc": .int(64 * generator.below(3))]
    if generator.below(4) > 0 { parameters["threads"] = .int(pick([1, 2, 4])) }
    if generator.below(4) == 0 { parameters["placement"] = .text("compact") }
    return Configuration(
      backend: pick(["hone", "openblas"]), variant: variant, parameters: parameters)
  }

  mutating func policy() -> MeasurementPolicy {
    MeasurementPolicy(operands: pick([.warm, .cold]), pages: pick(["thp", "thp", "4k"]))
  }

  mutating func records(_ count: Int) throws -> [Record] {
    let problems = try (0..<max(1, count / 4)).map { _ in try problem() }
    return (0..<count).map { _ in
      TunedDatabase.served(
        pick(problems), cores: pick([1, 2, 4, 8]), configuration(), policy: policy(),
        hardwareClass: pick(classes), seconds: 1e-6 * Double(1 + generator.below(1000)),
        relativeTime: generator.below(3) > 0 ? 0.2 + generator.unit() : nil,
        served: generator.below(4) > 0, libraries: libraries())
    }
  }

  /// Of the back ends and of an instruction set, in versions that a question may or may not name.
  mutating func libraries() -> [String: String] {
    var libraries = ["openblas": pick(["1", "1", "2"])]
    for set in ["x86v2", "x86v3"] where generator.below(2) == 0 {
      libraries["hone-kernels-\(set)"] = pick(["a", "a", "b"])
    }
    return libraries
  }

  /// Facts that agree in part: known and strange ones, missing ones and those of an unexpected kind.
  mutating func hardware() -> [String: JSONValue] {
    var facts: [String: JSONValue] = [:]
    for name in classes where generator.below(5) > 0 {
      facts[name] = .object([
        "cores": generator.below(8) == 0 ? .string("many") : .integer(pick([2, 4])),
        "vendor": .string(pick(["amd", "intel"])), "nodes": .integer(pick([1, 2, 64])),
        "caches": .array([cache(pick(["L1d", "L2", "L3"])), cache("L3"), .null]),
        "extensions": .array((0..<3).map { _ in .string(pick(["avx2", "bf16", "vnni"])) }),
        "memoryTiers": .array([.string(pick(["dram", "hbm"]))]), "kinds": .array([]),
        "system": .object([
          "maximumMHz": generator.below(3) == 0 ? .null : .integer(pick([2000, 3700])),
          "microcode": .string(pick(["0x1", "0x2"])),
        ]),
        "sockets": .object(["kind": .string(pick(["sp5", "sp6"])), "pins": .integer(8)]),
        "nothing": .null,
      ])
    }
    return facts
  }

  private mutating func cache(_ name: String) -> JSONValue {
    .object([
      "name": .string(name), "bytes": .integer(pick([32_768, 1 << 20, 1 << 25])),
      "cores": .integer(pick([1, 8])),
    ])
  }
}

@Suite("Answers of libhone")
struct LookupConformanceTests {
  /// A context of libhone on databases, as this machine.
  private static func context(
    _ path: String, hardwareClass: String, libraries: [String: String]? = nil
  ) throws -> OpaquePointer {
    var options = hone_options()
    options.struct_size = MemoryLayout<hone_options>.size
    var context: OpaquePointer?
    let lines = libraries?.map { "\($0.key)=\($0.value)\n" }.joined().utf8CString
    let status = path.withCString { path in
      hardwareClass.withCString { name in
        (lines ?? []).withUnsafeBufferPointer {
          options.database = path
          options.hardware_class = name
          options.cores = 2
          options.libraries = libraries == nil ? nil : $0.baseAddress
          return hone_open(&options, &context)
        }
      }
    }
    guard status == HONE_OK, let context else {
      throw LibHone.Failure(story: String(cString: hone_last_error()))
    }
    return context
  }

  private static func text(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String {
    let length = write(nil, 0)
    return String(unsafeUninitializedCapacity: length + 1) { buffer in
      buffer.withMemoryRebound(to: CChar.self) { write($0.baseAddress, length + 1) }
    }
  }

  private static func compare(
    _ context: OpaquePointer, _ lookup: Lookup, _ query: LookupQuery
  ) throws -> Answer {
    let expected = lookup.answer(query)
    let problem = try CProblem(query.problem)
    defer { hone_problem_destroy(problem.pointer) }
    var answer = hone_answer()
    answer.struct_size = MemoryLayout<hone_answer>.size
    let cores = Int32(query.cores)
    #expect(hone_lookup(context, problem.pointer, cores, query.policy, &answer) == HONE_OK)
    let story = "\(query.problem.key), \(query.cores) cores, \(query.policy)"
    #expect(String(cString: hone_grade_name(answer.grade)) == expected.grade.rawValue, "\(story)")
    let configuration = text { hone_answer_configuration(&answer, $0, $1) }
    #expect(configuration == expected.configuration?.key ?? "", "\(story)")
    let record = text { hone_answer_record(&answer, $0, $1) }
    #expect(record == expected.row?.stored.id ?? "", "\(story)")
    #expect(answer.cores == Int32(expected.row?.cores ?? 0), "\(story)")
    // Regrets on other hardware are learnt from the records of several classes, which the reader does not have.
    let regret = expected.grade == .nearHardware ? nil : expected.predictedRegret
    #expect(same(answer.predicted_regret, regret), "\(story)")
    #expect(same(answer.predicted_seconds, expected.predictedSeconds), "\(story)")
    let differs = text { hone_differences(context, problem.pointer, cores, query.policy, $0, $1) }
    #expect(differs == expected.differs.joined(separator: "\n"), "\(story)")
    let changes = text { hone_changes(context, problem.pointer, cores, query.policy, $0, $1) }
    #expect(changes == expected.stale.joined(separator: "\n"), "\(story)")
    #expect(answer.stale == (expected.stale.isEmpty ? 0 : 1), "\(story)")
    return expected
  }

  /// The same bits, or nothing on both sides.
  private static func same(_ number: Double, _ expected: Double?) -> Bool {
    expected.map { $0 == number } ?? number.isNaN
  }

  /// As the command asks: rows for instruction sets that this machine has not are no answers.
  private static func lookup(_ path: String, libraries: [String: String]?) throws -> Lookup {
    let sets = try Topology.live().facts.instructionSets
    return Lookup(
      [try Database(path: path)], libraries: libraries,
      canRun: { configuration in
        let parts = configuration.variant.split(
          separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count < 2 || sets.contains(String(parts[1]))
      }, cost: { Operations.named($0.operation)?.cost(of: $0) },
      likeness: { Operations.likeness($0, $1) })
  }

  @Test(
    "the same grade, configuration, record, regret, differences and changes as Lookup",
    arguments: 0..<12)
  func random(seed: Int) throws {
    var rows = RandomRows(generator: SeededGenerator(seed: UInt64(seed)))
    let scratch = Scratch()
    let path = "\(scratch.path)/db"
    let count = [1, 12, 60, 200][seed % 4]
    try TunedDatabase.write(try rows.records(count), hardware: rows.hardware(), to: path)
    let libraries = seed % 3 == 0 ? nil : seed % 3 == 1 ? [:] : rows.libraries()
    let lookup = try Self.lookup(path, libraries: libraries)
    let context = try Self.context(path, hardwareClass: "own", libraries: libraries)
    defer { hone_close(context) }
    for _ in 0..<150 {
      let query = LookupQuery(
        problem: try rows.problem(), cores: rows.pick([1, 2, 3, 4, 8, 16]),
        policy: rows.policy().name, hardwareClass: "own")
      _ = try Self.compare(context, lookup, query)
    }
    // Questions that rows answer, and their neighbours.
    for row in try Database(path: path).classes.flatMap(\.best).prefix(60) {
      var problem = row.problem
      _ = try Self.compare(
        context, lookup,
        LookupQuery(
          problem: problem, cores: row.cores, policy: row.policy.name, hardwareClass: "own"))
      guard let name = problem.shape.keys.sorted().last, problem[name] > 0 else { continue }
      problem.shape[name]? += 1
      guard (try? Operations.named(problem.operation)?.normalised(problem)) != nil else { continue }
      _ = try Self.compare(
        context, lookup,
        LookupQuery(problem: problem, cores: 2, policy: "warm", hardwareClass: "own"))
    }
  }

  @Test(
    "all grades come up in such comparisons, and best.index gives the same answers as best.json")
  func gradesAndIndex() throws {
    var rows = RandomRows(generator: SeededGenerator(seed: 99))
    let scratch = Scratch()
    let path = "\(scratch.path)/db"
    try TunedDatabase.write(try rows.records(120), hardware: rows.hardware(), to: path)
    for name in rows.classes {
      #expect(hone_index_write("\(path)/hosts/\(name)/best.json", 0) == 0)
    }
    let libraries = ["openblas": "1", "hone-kernels-x86v3": "a"]
    let lookup = try Self.lookup(path, libraries: libraries)
    let context = try Self.context(path, hardwareClass: "own", libraries: libraries)
    defer { hone_close(context) }
    var grades: Set<Grade> = []
    var otherData: Set<Grade> = []
    let tuned = try Database(path: path).classes.flatMap(\.best).map(\.problem)
    for index in 0..<400 {
      let problem = index % 2 == 0 ? rows.pick(tuned) : try rows.problem()
      let query = LookupQuery(
        problem: problem, cores: rows.pick([1, 2, 4, 8]), policy: rows.policy().name,
        hardwareClass: "own")
      let answer = try Self.compare(context, lookup, query)
      grades.insert(answer.grade)
      if answer.differs.contains(where: { $0.hasSuffix(" apart") }) {
        otherData.insert(answer.grade)
      }
    }
    #expect(grades == Set(Grade.allCases))
    #expect(otherData.contains(.nearShape))
  }

  @Test("rows for data that is as good as alike answer exactly, the nearest of them first")
  func alikeData() throws {
    let scratch = Scratch()
    let path = "\(scratch.path)/db"
    let shape = ["rows": 500_000, "dim": 16, "bags": 8, "lookups": 80]
    let problems = ["uniform", "zipf", "reuse2021", "reuse:1040000:40.50.70.108.732"].map {
      Problem(
        operation: "embedding-bag", types: "f32", shape: shape, attributes: ["distribution": $0])
    }
    let rows = try problems.enumerated().map { index, problem in
      TunedDatabase.served(
        try EmbeddingBagOperation().normalised(problem), cores: 1 + index / 3,
        Configuration(backend: "hone", variant: "v\(index)"))
    }
    try TunedDatabase.write(rows, to: path)
    let lookup = try Self.lookup(path, libraries: nil)
    let context = try Self.context(path, hardwareClass: TunedDatabase.hardwareClass)
    defer { hone_close(context) }
    let grades = try [
      "reuse2022", "reuse2021", "reuse:1040000:41.49.70.108.732", "reuse:1000:1000", "zipf",
    ].map { word in
      var problem = problems[0]
      problem.attributes["distribution"] = word
      let query = LookupQuery(
        problem: try EmbeddingBagOperation().normalised(problem), cores: word.count > 20 ? 2 : 1,
        policy: "warm", hardwareClass: TunedDatabase.hardwareClass)
      return try Self.compare(context, lookup, query).grade
    }
    #expect(grades == [.exact, .exact, .exact, .nearShape, .exact])
  }

  @Test("an index of another best.json is not used")
  func staleIndex() throws {
    let scratch = Scratch()
    let path = "\(scratch.path)/db"
    let problem = try TunedDatabase.problem
    let one = Configuration(backend: "hone", variant: "one")
    try TunedDatabase.write([TunedDatabase.served(problem, cores: 1, one)], to: path)
    let best = "\(path)/hosts/\(TunedDatabase.hardwareClass)/best.json"
    #expect(hone_index_write(best, 0) == 0)
    let other = try String(contentsOfFile: best, encoding: .utf8).replacing(
      "\"one\"", with: "\"two\"")
    try other.write(toFile: best, atomically: true, encoding: .utf8)
    let context = try Self.context(path, hardwareClass: TunedDatabase.hardwareClass)
    defer { hone_close(context) }
    var answer = hone_answer()
    answer.struct_size = MemoryLayout<hone_answer>.size
    let question = try CProblem(problem)
    defer { hone_problem_destroy(question.pointer) }
    #expect(hone_lookup(context, question.pointer, 1, "warm", &answer) == HONE_OK)
    #expect(String(cString: answer.variant) == "two")
  }
}

@Suite("This machine as libhone sees it")
struct HostRecognitionTests {
  @Test("cores, instruction sets and the hardware class are those that HoneHost finds")
  func recognition() throws {
    let topology = try Topology.live()
    let facts = topology.facts
    var host = hone__host()
    hone__host_read(&host, "/")
    #expect(Int(host.budget) == facts.cores)
    for set in ["x86v2", "x86v3", "x86v4", "armv8", "z80"] {
      #expect(hone__host_runs(set) == facts.instructionSets.contains(set), "\(set)")
    }
    let hardware = HardwareClass(topology)
    let json = try JSONValue(encoding: hardware)
    #expect(Self.fits(json), "\(json.canonical)")
    for (name, value) in [("cores", JSONValue.integer(1000)), ("vendor", .string("nobody"))] {
      #expect(!Self.fits(json.setting(name, to: value)), "another \(name) is another machine")
    }
    #expect(!Self.fits(.object([:])), "a document without facts fits nobody")
  }

  @Test("a caller that is bound to one CPU still has all cores of its process")
  func boundCaller() throws {
    let cores = try Topology.live().facts.cores
    var before = [UInt64](repeating: 0, count: 128)
    #expect(CPlatform_getThreadAffinity(&before, 128) == 0)
    let word = try #require(before.firstIndex { $0 != 0 })
    var one = [UInt64](repeating: 0, count: 128)
    one[word] = before[word] & (~before[word] + 1)
    #expect(CPlatform_setThreadAffinity(one, 128) == 0)
    defer { CPlatform_setThreadAffinity(before, 128) }
    var host = hone__host()
    hone__host_read(&host, "/")
    #expect(Int(host.budget) == cores)
  }

  private static func fits(_ hardware: JSONValue) -> Bool {
    var host = hone__host()
    hone__host_read(&host, "/")
    let document = JSONValue.object(["hardware": hardware, "schema": .string("hone.host/1")])
    var bytes = document.canonical.utf8.map { CChar(bitPattern: $0) }
    let count = bytes.count
    bytes.append(0)
    return hone__host_fits(&host, &bytes, count)
  }

  @Test("a database that this machine tuned is recognised without being told")
  func recognisedDatabase() throws {
    let scratch = Scratch()
    let path = "\(scratch.path)/db"
    let hardware = HardwareClass(try Topology.live())
    let record = TunedDatabase.served(
      try TunedDatabase.problem, cores: 1, Configuration(backend: "hone", variant: "v"),
      hardwareClass: hardware.id)
    let facts = [hardware.id: try JSONValue(encoding: hardware)]
    try TunedDatabase.write([record], hardware: facts, to: path)
    var options = hone_options()
    options.struct_size = MemoryLayout<hone_options>.size
    var context: OpaquePointer?
    let status = path.withCString {
      options.database = $0
      return hone_open(&options, &context)
    }
    #expect(status == HONE_OK)
    defer { hone_close(context) }
    #expect(String(cString: hone_context_hardware_class(context)) == hardware.id)
    #expect(Int(hone_context_cores(context)) == (try Topology.live().facts.cores))
  }
}
