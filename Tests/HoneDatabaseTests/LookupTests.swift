// LookupTests.swift: an answer says how far it is from the question.

import HoneCore
import Testing

@testable import HoneDatabase

private func database(_ records: [Record], hardware: [String: JSONValue] = [:]) throws -> Database {
  let folder = TemporaryFolder()
  for (name, records) in Dictionary(grouping: records, by: \.provenance.hardwareClass) {
    let file = Sample.journalName(hardwareClass: name)
    _ = try folder.write(file, try Sample.journal(records))
    let host = HostDocument(
      hardwareClass: name, hardware: hardware[name] ?? .null, limits: nil, tool: "test")
    _ = try folder.write("hosts/\(name)/host.json", try host.text())
  }
  return try Database(path: folder.path)
}

private func query(
  _ problem: Problem = Sample.problem(), cores: Int = 2, policy: String = "warm",
  hardwareClass: String = Sample.hardwareClass
) -> LookupQuery {
  LookupQuery(problem: problem, cores: cores, policy: policy, hardwareClass: hardwareClass)
}

@Suite struct LookupTests {
  /// Problems that differ in the attribute "data", whose values are numbers in hundredths.
  private static func likeness(_ recorded: Problem, _ asked: Problem) -> DataLikeness? {
    guard let one = recorded.attributes["data"].flatMap(Double.init), recorded != asked,
      let other = asked.attributes["data"].flatMap(Double.init), one != other
    else { return nil }
    var problem = recorded
    problem.attributes["data"] = asked.attributes["data"]
    return DataLikeness(
      problem: problem, distance: abs(one - other) / 100, differs: "data: \(one) for \(other)")
  }

  private func answer(_ rows: [(m: Int, data: Int)], m: Int, data: Int) throws -> Answer {
    let records = rows.map { row in
      var record = Sample.served(Sample.problem(m: row.m))
      record.problem.attributes["data"] = "\(row.data)"
      return record
    }
    var problem = Sample.problem(m: m)
    problem.attributes["data"] = "\(data)"
    return Lookup([try database(records)], likeness: { Self.likeness($0, $1) })
      .answer(query(problem))
  }

  @Test("a row for data that is as good as alike is exact and says so; the same data goes first")
  func alikeData() throws {
    let alike = try answer([(64, 70), (64, 55), (64, 52)], m: 64, data: 50)
    #expect(alike.grade == .exact && alike.row?.problem.attributes["data"] == "52")
    #expect(alike.differs == ["data: 52.0 for 50.0"] && alike.predictedRegret == 0)
    let same = try answer([(64, 52), (64, 50)], m: 64, data: 50)
    #expect(same.grade == .exact && same.differs.isEmpty)
  }

  @Test("a row for other data is a neighbour whose distance counts, and beyond that nothing")
  func otherData() throws {
    let near = try answer([(64, 80), (128, 55)], m: 64, data: 50)
    #expect(near.grade == .nearShape && near.row?.problem["m"] == 128)
    let other = try answer([(64, 80)], m: 64, data: 50)
    #expect(other.grade == .nearShape && other.differs == ["data: 80.0 for 50.0"])
    #expect(try answer([(64, 99)], m: 64, data: 20).grade == .default)
  }

  @Test("the same question is answered exactly")
  func exact() throws {
    let answer = Lookup([try database([Sample.served()])]).answer(query())
    #expect(answer.grade == .exact && answer.differs.isEmpty && answer.predictedRegret == 0)
    #expect(answer.configuration == Sample.configuration())
  }

  @Test("another policy or core count is the grade same-hardware, the nearest first")
  func sameHardware() throws {
    let lookup = Lookup([
      try database([
        Sample.served(cores: 1, configuration: Sample.configuration(kc: 1)),
        Sample.served(
          configuration: Sample.configuration(kc: 2), policy: .init(operands: .cold)),
      ])
    ])
    let more = lookup.answer(query(cores: 4))
    #expect(more.grade == .sameHardware && more.configuration?["kc"] == 1)
    #expect(more.differs == ["cores: 1 instead of 4"])
    let cold = lookup.answer(query(cores: 2, policy: "cold+4k"))
    #expect(cold.grade == .sameHardware && cold.configuration?["kc"] == 2)
    #expect(cold.differs == ["policy: cold instead of cold+4k"])
  }

  @Test("a configuration with more threads than the caller has cores is no answer")
  func coreBudget() throws {
    let record = Sample.served(cores: 8, configuration: Sample.configuration(threads: 8))
    let lookup = Lookup([try database([record])])
    #expect(lookup.answer(query(cores: 2)).grade == .default)
    #expect(lookup.answer(query(cores: 8)).grade == .exact)
    #expect(lookup.answer(query(cores: 9)).grade == .sameHardware)
  }

  @Test("an untuned shape gets the nearest of the same operation and attributes")
  func nearShape() throws {
    let lookup = Lookup([
      try database([
        Sample.served(Sample.problem(m: 64), configuration: Sample.configuration(kc: 64)),
        Sample.served(Sample.problem(m: 1024), configuration: Sample.configuration(kc: 1024)),
        Sample.served(
          Sample.problem(m: 100, transB: "t"), configuration: Sample.configuration(kc: 3)),
      ])
    ])
    let answer = lookup.answer(query(Sample.problem(m: 100)))
    #expect(answer.grade == .nearShape && answer.configuration?["kc"] == 64)
    #expect(answer.differs == ["m: 64 instead of 100"] && answer.predictedRegret == nil)
    #expect(lookup.answer(query(Sample.problem(m: 900))).configuration?["kc"] == 1024)
    #expect(lookup.answer(query(Sample.problem(m: 1 << 30))).grade == .default)
  }

  @Test("the regret of a near shape is what such neighbours' winners cost where they were tried")
  func predictedRegret() throws {
    // Winners: m=64 by kc=64, m=128 by kc=128; each was also tried on the other, 10 % and 30 % slower than its winner.
    let records = [(64, 64, 0.5), (64, 128, 0.55), (128, 128, 0.4), (128, 64, 0.52)].map {
      (m, kc, time) in
      var record = Sample.served(
        Sample.problem(m: m), configuration: Sample.configuration(kc: kc))
      record.relativeTime = time
      if m != kc { record.served = false }
      return record
    }
    let answer = Lookup([try database(records)]).answer(query(Sample.problem(m: 66)))
    #expect(answer.grade == .nearShape && answer.configuration?["kc"] == 64)
    #expect(abs((answer.predictedRegret ?? 0) - 0.3) < 1e-9, "the median, the larger of two")
    let winners = records.filter(\.served)
    let unknown = Lookup([try database(winners)]).answer(query(Sample.problem(m: 66)))
    #expect(unknown.grade == .nearShape && unknown.predictedRegret == nil)
  }

  @Test("of other machines the one that agrees in most facts answers")
  func nearHardware() throws {
    let records = ["far", "near"].map { name in
      Sample.served(
        configuration: Sample.configuration(kc: name == "far" ? 1 : 2),
        provenance: Sample.provenance(hardwareClass: name))
    }
    let own = Sample.served(
      Sample.problem(m: 1 << 30), provenance: Sample.provenance(hardwareClass: "own"))
    let facts = { (cores: Int, cache: Int) in
      JSONValue.object(["cores": .integer(cores), "l2": .object(["bytes": .integer(cache)])])
    }
    let hardware = ["own": facts(2, 512), "near": facts(2, 512), "far": facts(2, 256)]
    let lookup = Lookup([try database(records + [own], hardware: hardware)])
    let answer = lookup.answer(query(hardwareClass: "own"))
    #expect(answer.grade == .nearHardware && answer.configuration?["kc"] == 2)
    #expect(answer.differs == ["hardware: near instead of own"])
  }

  @Test("what this machine cannot run is no answer")
  func cannotRun() throws {
    let lookup = Lookup([try database([Sample.served()])]) { !$0.variant.hasSuffix("@x86v3") }
    #expect(lookup.answer(query()).grade == .default)
  }

  @Test("of several databases the best grade wins, among equals the first")
  func overlay() throws {
    let near = try database([
      Sample.served(Sample.problem(m: 500), configuration: Sample.configuration(kc: 1))
    ])
    let exact = try database([Sample.served(configuration: Sample.configuration(kc: 2))])
    let other = try database([Sample.served(configuration: Sample.configuration(kc: 3))])
    let answer = Lookup([near, exact, other]).answer(query())
    #expect(answer.grade == .exact && answer.configuration?["kc"] == 2)
    #expect(answer.database == exact.path)
    #expect(Lookup([]).answer(query()).grade == .default)
  }
}
