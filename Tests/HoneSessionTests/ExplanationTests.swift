// ExplanationTests.swift: what a session says of its searches, and the spaces that it writes.

import FoundationEssentials
import HoneCore
import HoneSearch
import HoneTesting
import Testing

@testable import Hone

@Suite("Explaining and recording")
struct ExplanationTests {
  /// `big` moves time by a factor of two, `small` by a percent, `none` not at all.
  private static let variants: [SimulatedBackend.Variant] = [
    .init(
      "v",
      parameters: [
        Parameter("big", [1, 2, 3, 4, 5, 6]), Parameter("small", [1, 2, 3]),
        Parameter("none", [1, 2]),
      ]
    ) {
      1e-3
        * (2 - 0.2 * Double($0.int("big", default: 1)) + 0.01
          * Double($0.int("small", default: 1)))
    },
    .init("broken", .wrong) { _ in 1e-6 },
  ]

  @Test("an explanation ranks parameters, counts sources, and says why the winner won")
  func explains() throws {
    let bench = try SessionBench(variants: Self.variants)
    let session = try bench.session(budget: 20, strategy: "exhaustive")
    _ = try session.run()
    let explanation = try #require(session.explanations.first)
    #expect(explanation.tried == 37 && explanation.spaceSize == 37)
    #expect(explanation.importance.first?.parameter == "big")
    #expect((explanation.importance.first { $0.parameter == "none" }?.share ?? 0) < 0.05)
    #expect(explanation.sources.reduce(0) { $0 + $1.tried } == 37)
    #expect(explanation.sources.reduce(0) { $0 + $1.unusable } == 1)
    #expect(explanation.served?["big"] == 6)
    #expect(explanation.reasons.contains { $0.contains("faster than the default") })
    #expect(explanation.reasons.contains { $0.contains("big 6 instead of 1") })
  }

  @Test("a recorded space has everything that was tried, and reads back with the same best")
  func recordsSpace() throws {
    let bench = try SessionBench(variants: Self.variants)
    let folder = bench.folder + "-spaces"
    defer { SessionBench.remove(folder) }
    let session = try bench.session(budget: 20, strategy: "exhaustive", recordSpace: folder)
    _ = try session.run()
    let path = try #require(session.recordedSpaces.first)
    #expect(path.hasSuffix("gemm-f32-3x4x5-2c-warm.csv"))
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    let space = try RecordedSpace(name: "recorded", csv: text)
    #expect(space.tree.count == 37 && space.values.count { $0 == nil } == 1)
    #expect(abs(space.optimum - 0.81e-3) < 0.02e-3)
  }

  @Test("a folder that cannot be written is an error that names it")
  func unwritable() throws {
    let bench = try SessionBench(variants: Self.variants)
    let session = try bench.session(budget: 2, recordSpace: "/proc/nowhere")
    let error = #expect(throws: HoneError.self) { try session.run() }
    #expect(error?.code == .unusableData && error?.message.contains("/proc/nowhere") == true)
  }
}
