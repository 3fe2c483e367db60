// ReportSubjectTests.swift: what a report is about, from a database on disk.

import Foundation
import HoneCore
import HoneDatabase
import HoneReport
import Testing

@Suite("Subjects of reports")
struct ReportSubjectTests {
  /// A database with the sample's records and limits, read back.
  static func written(_ records: [Record]) throws -> HardwareClassRecords {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hone-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try DatabaseWriter(path: folder.path, hardwareClass: "test-2c", host: "h")
    for record in records { try writer.append(record) }
    try writer.writeHost(hardware: hardware, limits: Sample.limits, tool: "hone 0")
    return try #require(try Database(path: folder.path)["test-2c"])
  }

  static let hardware = JSONValue.object([
    "model": .string("Example 9000"), "cores": .integer(2), "threadsPerCore": .integer(2),
    "nodes": .integer(1), "memoryGiB": .integer(8), "isVirtual": .bool(true),
    "caches": .array([cache("L1d", 32768, 2), cache("L3", 33_554_432, 1)]),
  ])

  static func cache(_ name: String, _ bytes: Int, _ instances: Int) -> JSONValue {
    .object([
      "name": .string(name), "bytes": .integer(bytes), "instances": .integer(instances),
    ])
  }

  @Test("a database gives facts, limits and what is served")
  func fromDatabase() throws {
    let subject = ReportSubject(try Self.written(Sample.records))
    #expect(subject.hardwareClass == "test-2c" && subject.lastLevelBytes == 32 << 20)
    #expect(subject.limits == Sample.limits)
    #expect(subject.records.count == Sample.records.count)
    #expect(
      Set(subject.served.map(\.problem)) == Set(Sample.records.filter(\.served).map(\.problem)))
    let facts = subject.facts.map { "\($0.name): \($0.value)" }
    #expect(facts.contains("processor: Example 9000") && facts.contains("cores: 2, 2 threads each"))
    #expect(facts.contains("caches: L1d 2 × 32 KiB, L3 32 MiB"))
    #expect(facts.contains("virtual machine: yes") && facts.contains("memory: 8 GiB"))
  }

  @Test("a workload restricts, orders and weighs, and names what is not tuned")
  func restricted() throws {
    let wanted = [
      WantedProblem(Sample.bag, policy: MeasurementPolicy(operands: .cold), weight: 3),
      WantedProblem(Sample.small, policy: MeasurementPolicy(operands: .cold), weight: 1),
      WantedProblem(Sample.small, policy: MeasurementPolicy(operands: .warm), weight: 7),
    ]
    let subject = ReportSubject(try Self.written(Sample.records), wanted: wanted)
    #expect(subject.served.map(\.problem) == [Sample.bag, Sample.small])
    #expect(subject.rows.map(\.weight) == [3, 7])
    #expect(subject.missing == ["gemm f32 512x512x512 tn"])
    let text = Report(of: subject).rendered(as: TextRenderer.self)
    #expect(text.contains("not tuned to the end yet (1): gemm f32 512x512x512 tn."))
  }

  @Test("a host document of another tool shows what it has in common")
  func foreignHardware() throws {
    let foreign = JSONValue.object([
      "cores": .string("many"), "caches": .array([.object([:]), .integer(1)]),
    ])
    let folder = FileManager.default.temporaryDirectory.appending(path: "hone-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try DatabaseWriter(path: folder.path, hardwareClass: "x", host: "h")
    try writer.writeHost(hardware: foreign, limits: nil, tool: "other")
    let known = try #require(try Database(path: folder.path)["x"])
    let subject = ReportSubject(known)
    #expect(subject.facts.isEmpty && subject.lastLevelBytes == nil && subject.limits == nil)
  }
}
