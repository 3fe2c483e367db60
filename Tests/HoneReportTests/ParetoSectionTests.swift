// ParetoSectionTests.swift: which finalists are shown as a choice, and that noise makes none.

import HoneCore
import Testing

@testable import HoneReport

@Suite("choices in reports")
struct ParetoSectionTests {
  private static func finalist(
    _ variant: String, seconds: Double, error: Double, joules: Double? = nil, served: Bool = false
  ) -> Record {
    var record = Sample.record(
      Sample.small, Configuration(backend: "hone", variant: variant), seconds: seconds,
      served: served)
    record.proof?.error = error
    record.measurement?.energy = joules.map {
      .value(Energy(joules: $0, idleWatts: 1, domains: ["package-0"], seconds: 1))
    }
    return record
  }

  private static func text(_ records: [Record]) -> String {
    let subject = ReportSubject(
      hardwareClass: "test-2c", records: records, served: records.filter(\.served))
    return Report(of: subject, sections: [ParetoSection.self]).rendered(as: TextRenderer.self)
  }

  @Test("a faster and a more exact finalist are a choice; who is worse in both is not shown")
  func choice() {
    let text = Self.text([
      Self.finalist("fast", seconds: 1e-3, error: 2e-6, served: true),
      Self.finalist("exact", seconds: 2e-3, error: 1e-7),
      Self.finalist("neither", seconds: 3e-3, error: 2e-7),
    ])
    #expect(text.contains("hone fast") && text.contains("hone exact"))
    #expect(!text.contains("neither"))
    #expect(text.contains("1.00 ms  2.0e-06       –  yes"))
  }

  @Test(
    "a difference in time within the noise floor is none: the more exact one is the only choice")
  func noise() {
    let records = [
      Self.finalist("a", seconds: 1e-3, error: 2e-6, served: true),
      Self.finalist("b", seconds: 1.005e-3, error: 1e-7),
    ]
    #expect(ParetoSection.front(of: records, noiseFloor: 0.012) == [records[1]])
    #expect(ParetoSection.front(of: records, noiseFloor: 0) == records)
    #expect(!Self.text(records).contains("Choices"))
  }

  @Test("energy counts where all finalists were metered")
  func energy() {
    var records = [
      Self.finalist("fast", seconds: 1e-3, error: 1e-7, joules: 0.5, served: true),
      Self.finalist("frugal", seconds: 2e-3, error: 1e-7, joules: 0.2),
    ]
    #expect(ParetoSection.front(of: records, noiseFloor: 0).count == 2)
    #expect(Self.text(records).contains("200 mJ"))
    records[1].measurement?.energy = .unavailable("no meter")
    #expect(ParetoSection.front(of: records, noiseFloor: 0) == [records[0]])
  }

  @Test(
    "numbers with an exponent",
    arguments: [
      (0.0, "0"), (1.24e-7, "1.2e-07"), (9.99e-7, "1.0e-06"), (-3e12, "-3.0e+12"), (1, "1.0e+00"),
    ])
  func scientific(_ value: Double, _ text: String) { #expect(Scaled.scientific(value) == text) }
}
