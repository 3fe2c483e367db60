// AnalyticDefaultsTests.swift: where packed GEMM begins, by problem and cores.

import HoneCore
import HoneHost
import HoneOperations
import Testing

@testable import HoneBackends

@Suite(
  "Analytic defaults",
  .enabled(
    if: KernelLibrary.path(for: "x86v2") != nil || KernelLibrary.path(for: "armv8") != nil,
    "no kernel library was built"))
struct AnalyticDefaultsTests {
  private static let host = HostFacts(cores: 4, instructionSets: ["x86v2", "armv8"])
  private static let backends = Backends(host: host)

  @Test("several threads share both dimensions of C, and blocks of k are even")
  func packed() throws {
    let backend = try #require(Self.backends["hone"] as? KernelBackend)
    let row = try #require(backend.rows.first { $0.algorithm == "packed" && $0.tile.rows > 0 })
    #expect(row.parameters.first { $0.name == "partition" }?.defaultValue == 2)
    let problem = try GEMMOperation().normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 600, "n": 800, "k": 700]))
    let depth = AnalyticDefaults.value(
      of: "kc", row: row, problem: problem, host: Self.host)
    #expect(depth == 352)
  }
}
