// FormatFixtures.swift: files in the forms that other tools write, made for these tests.

import Foundation
import HoneCore
import Testing

@testable import HoneFormats

struct FormatFixture: Sendable, CustomTestStringConvertible {
  var file: String
  var format: String

  static let all = [
    FormatFixture(file: "kernel-tuner.json", format: "kernel-tuner"),
    FormatFixture(file: "t4.json", format: "t4"),
    FormatFixture(file: "vector.wisdom", format: "kernel-launcher"),
    FormatFixture(
      file:
        "E=8,N=14336,device_name=Example_GPU_40,dtype=fp8_w8a8,block_shape=[128,128].json",
      format: "per-m"),
    FormatFixture(file: "tunableop.csv", format: "tunableop"),
    FormatFixture(file: "untuned.csv", format: "tunableop"),
    FormatFixture(file: "space.csv", format: "space"),
    FormatFixture(file: "plain.csv", format: "csv"),
  ]

  static func named(_ format: String) -> FormatFixture { all.first { $0.format == format }! }

  var testDescription: String { file }

  var bytes: [UInt8] {
    get throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
      return [UInt8](try Data(contentsOf: folder.appending(path: file)))
    }
  }

  var source: ForeignSource {
    get throws { ForeignSource(name: "some/folder/\(file)", bytes: try bytes) }
  }

  var table: ForeignTable { get throws { try Formats.read(try source) } }
}

func source(_ text: String, name: String = "file") -> ForeignSource {
  ForeignSource(name: name, bytes: Array(text.utf8))
}

/// What must survive writing and reading: everything but prose.
struct Essence: Hashable {
  var rows: Set<ForeignRow>
  var parameters: [String: Set<JSONValue>]

  init(_ table: ForeignTable) {
    rows = Set(table.rows)
    parameters = Dictionary(
      table.parameters.map { ($0.name, Set($0.values)) }, uniquingKeysWith: { $0.union($1) })
  }
}

/// A table of Hone's own: several variants with different parameters, a loser, a failure, repeated measurements.
enum OwnTable {
  static func problem(m: Int = 512) -> ForeignProblem {
    ForeignProblem(
      kernel: "gemm",
      fields: [
        .init("m", .integer(m)), .init("n", .integer(512)), .init("k", .integer(256)),
        .init("types", .string("f32")), .init("transA", .string("n")),
        .init("transB", .string("t")), .init("cores", .integer(2)),
        .init("policy", .string("warm")),
      ])
  }

  static func row(
    _ problem: ForeignProblem, _ configuration: [String: JSONValue], _ seconds: Double
  ) -> ForeignRow {
    var row = ForeignRow(
      problem: problem, configuration: configuration, outcome: .measured, seconds: seconds,
      samples: [seconds * 1.01, seconds], time: "2026-01-02T03:04:05Z")
    row.compileSeconds = 0
    row.benchmarkSeconds = 0.125
    return row
  }

  static let packed: [String: JSONValue] = [
    "backend": .string("hone"), "variant": .string("gemm.f32.packed.6x16@x86v3"),
    "kc": .integer(256), "placement": .string("compact"), "threads": .integer(2),
  ]
  static let library: [String: JSONValue] = [
    "backend": .string("openblas"), "variant": .string("sgemm"), "threads": .integer(2),
  ]

  static var oneProblem: ForeignTable {
    var wrong = ForeignRow(
      problem: problem(), configuration: packed.merging(["kc": .integer(64)]) { $1 },
      outcome: .failed(.compile, reason: "CompilationFailedConfig"), time: "2026-01-02T03:04:06Z")
    wrong.compileSeconds = 0
    wrong.benchmarkSeconds = 0
    var table = ForeignTable(tool: "hone", device: "avx2-2c")
    table.rows = [
      row(problem(), packed, 0.0012345), row(problem(), library, 0.0013), wrong,
    ]
    return table.withParameters()
  }
}
