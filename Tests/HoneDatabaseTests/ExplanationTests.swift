// ExplanationTests.swift: why a row is served, and how much there is.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct ExplanationTests {
  @Test("an explanation names the runner-up, its distance and how the other candidates ended")
  func explanation() throws {
    let folder = TemporaryFolder()
    let winner = Sample.served(median: 1e-3)
    var second = Sample.served(configuration: Sample.configuration(kc: 2), median: 1.1e-3)
    second.served = false
    var screened = Sample.served(configuration: Sample.configuration(kc: 3), median: 0.5e-3)
    (screened.stage, screened.served, screened.comparisons) = (.screen, false, [])
    var wrong = screened
    wrong.configuration = Sample.configuration(kc: 4)
    (wrong.outcome, wrong.measurement) = (.wrong, nil)
    wrong.proof?.error = 7
    var elsewhere = second
    elsewhere.provenance.session = "another"
    elsewhere.configuration = Sample.configuration(kc: 5)
    let records = [winner, second, screened, wrong, elsewhere]
    _ = try folder.write(Sample.journalName(), try Sample.journal(records))
    let database = try Database(path: folder.path)
    let row = try #require(database.classes[0].best.first)
    let explanation = database.explanation(of: row)
    #expect(explanation.configuration == winner.configuration)
    #expect(explanation.runnerUp == second.configuration)
    #expect(abs((explanation.runnerUpBehind ?? 0) - 0.1) < 1e-9)
    #expect(explanation.tried == ["measured": 3, "wrong": 1] && explanation.sessions == 2)
  }

  @Test("statistics count records by outcome")
  func statistics() throws {
    let folder = TemporaryFolder()
    var wrong = Sample.served()
    (wrong.outcome, wrong.measurement, wrong.served) = (.wrong, nil, false)
    _ = try folder.write(Sample.journalName(), try Sample.journal([Sample.served(), wrong]))
    let statistics = try Database(path: folder.path).statistics()
    #expect(statistics.map(\.outcomes) == [["measured": 1, "wrong": 1]])
    #expect(statistics[0].served == 1 && statistics[0].faster == 1 && statistics[0].journals == 1)
    #expect(statistics[0].bytes == (try folder.read(Sample.journalName()).count))
  }

  @Test("a problem is tuned when some session served a finalist over the same space")
  func isTuned() throws {
    let folder = TemporaryFolder()
    var loser = Sample.served(Sample.problem(m: 1))
    loser.served = false
    _ = try folder.write(Sample.journalName(), try Sample.journal([Sample.served(), loser]))
    let database = try Database(path: folder.path)
    func isTuned(_ problem: Problem, cores: Int = 2, policy: String = "warm", space: String)
      -> Bool
    {
      database.isTuned(
        hardwareClass: Sample.hardwareClass, problem: problem, cores: cores, policy: policy,
        space: space)
    }
    #expect(isTuned(Sample.problem(), space: "space-1"))
    #expect(!isTuned(Sample.problem(), space: "space-2"))
    #expect(!isTuned(Sample.problem(), cores: 1, space: "space-1"))
    #expect(!isTuned(Sample.problem(), policy: "cold", space: "space-1"))
    #expect(!isTuned(Sample.problem(m: 1), space: "space-1"))
    for (version, expected) in [("0.3.21", true), ("0.3.26", false)] {
      let isTuned = database.isTuned(
        hardwareClass: Sample.hardwareClass, problem: Sample.problem(), cores: 2, policy: "warm",
        space: "space-1", libraries: ["openblas": version])
      #expect(isTuned == expected)
    }
  }
}
