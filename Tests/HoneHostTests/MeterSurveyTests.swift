// MeterSurveyTests.swift: what can be read beside the time is listed, each with what it is or why it is not there.

import Testing

@testable import HoneHost

@Suite("meter survey")
struct MeterSurveyTests {
  @Test("a machine without anything says so three times, with what to do")
  func bare() throws {
    let system = try FakeSystem([:])
    let survey = MeterSurvey.all(files: system.files)
    #expect(survey.map(\.name) == ["energy", "hardware counters", "huge pages"])
    #expect(survey.allSatisfy { !$0.isAvailable && $0.detail.count > 20 })
  }

  @Test("huge pages that are free are counted")
  func hugePages() throws {
    let path = "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
    let system = try FakeSystem([path: "12\n"])
    let survey = MeterSurvey.all(files: system.files)
    #expect(survey.last?.isAvailable == true && survey.last?.detail == "12 of 2 MiB are free")
  }
}
