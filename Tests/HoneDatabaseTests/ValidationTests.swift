// ValidationTests.swift: a sound database is valid, and each way to be unsound is found.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct ValidationTests {
  @Test("what a writer wrote is valid")
  func valid() throws {
    let folder = TemporaryFolder()
    let writer = try Sample.writer(folder)
    var generator = SeededGenerator(seed: 13)
    for index in 0..<30 {
      var record = Sample.random(&generator)
      record.provenance.session = "s\(index)"
      try writer.append(record)
    }
    try writer.refreshBest()
    try writer.writeHost(hardware: .object([:]), limits: nil, tool: "hone 0.1.0")
    #expect(try Database(path: folder.path).validate().isEmpty)
  }

  private struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var expected: String
    var apply: @Sendable (inout Record) -> Void

    init(_ name: String, _ expected: String, _ apply: @escaping @Sendable (inout Record) -> Void) {
      testDescription = name
      self.expected = expected
      self.apply = apply
    }
  }

  private static let damages: [Damage] = [
    Damage("no gain in the interval", "verdict contradicts") {
      $0.comparisons[0].interval.low = 1
    },
    Damage("speed-up outside its interval", "verdict contradicts") {
      $0.comparisons[0].speedup = 2
    },
    Damage("slower, but an interval above 1", "verdict contradicts") {
      $0.comparisons[1].verdict = .slower
    },
    Damage("gain below the noise floor", "below the noise floor") { $0.noiseFloor = 0.6 },
    Damage("a tie served", "not faster than the default") { $0.comparisons[0].verdict = .tie },
    Damage("proof fails", "no proof holds") { $0.proof?.error = 1.5 },
    Damage("proof is NaN", "no proof holds") { $0.proof?.error = .nan },
    Damage("no proof", "no proof holds") { $0.proof = nil },
    Damage("served at the screen", "served without a final") { $0.stage = .screen },
    Damage("verdicts at the screen", "was only screened") {
      ($0.stage, $0.served) = (.screen, false)
    },
    Damage("no measurement", "no measurement") { $0.measurement = nil },
    Damage("failed, but measured", "not called measured") { $0.outcome = .failed },
    Damage("wrong, but proven", "its proof holds") {
      ($0.outcome, $0.measurement, $0.served) = (.wrong, nil, false)
    },
    Damage("median outside its samples", "measurement contradicts") { $0.measurement?.median = 5 },
    Damage("no samples", "measurement contradicts") { $0.measurement?.samples = [] },
    Damage("negative time", "measurement contradicts") { $0.measurement?.samples[0] = -1 },
    Damage("NaN time", "measurement contradicts") { $0.measurement?.median = .nan },
    Damage("no cores", "below 1") { $0.cores = 0 },
    Damage("negative extent", "negative") { $0.problem.shape["m"] = -1 },
    Damage("noise floor NaN", "noise floor") { $0.noiseFloor = .nan },
    Damage("negative relative time", "relative time") { $0.relativeTime = -1 },
    Damage("local time", "RFC 3339") { $0.provenance.time = "2026-01-01 00:00:00" },
    Damage("nobody", "who measured") { $0.provenance.tool = "" },
    Damage("another class", "belongs to 'other'") { $0.provenance.hardwareClass = "other" },
  ]

  @Test("a record that contradicts itself is found", arguments: damages)
  private func contradictions(_ damage: Damage) throws {
    let folder = TemporaryFolder()
    var record = Sample.served()
    damage.apply(&record)
    _ = try folder.write(Sample.journalName(), try Sample.journal([record]))
    let errors = try Database(path: folder.path).validate().filter { $0.severity == .error }
    #expect(errors.contains { $0.message.contains(damage.expected) }, "\(errors)")
  }

  @Test("what one sample is worth is no contradiction, and neither is rounding")
  func honestDoubts() throws {
    let folder = TemporaryFolder()
    var record = Sample.served()
    record.measurement?.samples = [1e-3]
    record.measurement?.interval = Interval(low: 1e-3, high: 1e-3, confidence: 0)
    record.measurement?.median = (1e-3).nextUp
    #expect(throws: Never.self) { try Sample.writer(folder).append(record) }
  }

  @Test("a final that serves two configurations for one problem is found")
  func contested() throws {
    let folder = TemporaryFolder()
    let records = [1, 2].map { Sample.served(configuration: Sample.configuration(kc: $0)) }
    _ = try folder.write(Sample.journalName(), try Sample.journal(records))
    let errors = try Database(path: folder.path).validate().filter { $0.severity == .error }
    #expect(errors.count == 1 && errors[0].message.contains("several configurations"))
    // A session may hold several finals, one after the other.
    let finals = [1, 2].map {
      var record = Sample.served(configuration: Sample.configuration(kc: $0))
      record.provenance.time = "2026-01-02T03:04:0\($0)Z"
      return record
    }
    _ = try folder.write(Sample.journalName(), try Sample.journal(finals))
    #expect(try Database(path: folder.path).validate().allSatisfy { $0.severity == .note })
  }

  @Test("a best.json that lags behind is a note, one that is none is an error")
  func best() throws {
    let folder = TemporaryFolder()
    let writer = try Sample.writer(folder)
    try writer.writeHost(hardware: .object([:]), limits: nil, tool: "hone 0.1.0")
    try writer.append(Sample.served())
    let missing = try Database(path: folder.path).validate()
    #expect(missing.map(\.severity) == [.note])
    try writer.refreshBest()
    try writer.append(Sample.served(Sample.problem(m: 1)))
    #expect(try Database(path: folder.path).validate().map(\.severity) == [.note])
    _ = try folder.write("hosts/\(Sample.hardwareClass)/best.json", "{\"rows\":[]}")
    #expect(try Database(path: folder.path).validate().map(\.severity) == [.error])
    _ = try Database.rebuild(path: folder.path)
    #expect(try Database(path: folder.path).validate().isEmpty)
  }

  @Test(
    "times are RFC 3339 in UTC",
    arguments: [
      ("2026-01-31T23:59:59Z", true), ("2026-01-31T23:59:59.123Z", true),
      ("2026-01-31T23:59:59", false),
      ("2026-01-31T23:59:59.Z", false), ("2026-01-31T23:59:59+01:00", false), ("Z", false),
      ("", false),
    ])
  func times(_ text: String, _ isTime: Bool) {
    #expect(Invariants.isTime(text) == isTime)
  }
}
