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

  private func defaults(cores: Int) throws -> [String: Int] {
    let backend = try #require(Self.backends["hone"] as? KernelBackend)
    let row = try #require(backend.rows.first { $0.algorithm == "packed" && $0.tile.rows > 0 })
    let problem = try GEMMOperation().normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 600, "n": 800, "k": 700]))
    var values: [String: Int] = [:]
    for name in ["partition", "kc", "unroll"] {
      values[name] = AnalyticDefaults.value(
        of: name, row: row, problem: problem, host: Self.host, cores: cores)
    }
    return values
  }

  @Test("several threads share both dimensions of C, and blocks of k are even")
  func partitions() throws {
    #expect(try defaults(cores: 1) == ["kc": 352])
    #expect(try defaults(cores: 4) == ["partition": 2, "kc": 352])
  }
}
