// PresetsTests.swift: every preset makes sense to the operations and has the shapes of the model it names.

import HoneCore
import HoneOperations
import Testing

@testable import HoneWorkloads

@Suite struct PresetsTests {
  @Test(
    "every preset is accepted by the operations and says where its shapes come from",
    arguments: Presets.all.map(\.name))
  func normalises(_ name: String) throws {
    let preset = try Presets.named(name)
    let workload = try preset.normalised(by: Operations.all)
    let weight = { (entries: [WorkloadEntry]) in entries.reduce(0) { $0 + $1.weight } }
    #expect(weight(workload.entries) == weight(preset.entries))
    #expect(workload.entries.allSatisfy { $0.weight > 0 && !$0.note.isEmpty })
    #expect(!preset.summary.isEmpty && preset.source.count > 80)
  }

  @Test("names are words and no two presets share one")
  func names() throws {
    #expect(Set(Presets.all.map(\.name)).count == Presets.all.count)
    for preset in Presets.all { #expect(try Presets.named(preset.name) == preset) }
    let error = #expect(throws: HoneError.self) { try Presets.named("nothing") }
    #expect(error?.advice.contains("llama3-8b") == true && error?.code == .usage)
  }

  @Test("quick has all three operations, warm and cold, and fits a small machine")
  func quick() throws {
    let entries = try Presets.named("quick").normalised(by: Operations.all).entries
    #expect((6...9).contains(entries.count))
    #expect(Set(entries.map(\.problem.operation)).count == 3)
    #expect(Set(entries.map(\.operands)).count == 2)
    for entry in entries {
      let cost = Operations.named(entry.problem.operation)?.cost(of: entry.problem)
      #expect(try #require(cost).flops < 1e9)
    }
  }

  @Test("llama3-8b has the projections of the published configuration")
  func llama() throws {
    let entries = try Presets.named("llama3-8b").entries
    let shapes = Set(
      entries.filter { $0.problem.operation == "gemm" }.map {
        [$0.problem["n"], $0.problem["k"], Int($0.weight)]
      })
    #expect(
      shapes == [
        [6144, 4096, 32], [4096, 4096, 32], [28672, 4096, 32], [4096, 14336, 32],
        [128_256, 4096, 1],
      ])
    // Parameters of the projections of all layers, as published: 8.03 billion less embeddings and norms.
    let layer = 6144 * 4096 + 4096 * 4096 + 28672 * 4096 + 4096 * 14336
    #expect(32 * layer == 6_979_321_856)
  }

  @Test("dlrm has 26 tables and sd15 16 transformer blocks")
  func counts() throws {
    let tables = try Presets.named("dlrm").entries.filter {
      $0.problem.operation == "embedding-bag"
    }
    #expect(tables.reduce(0) { $0 + $1.weight } == 26)
    let attention = try Presets.named("sd15").entries.filter { $0.problem.operation == "attention" }
    #expect(attention.filter { $0.problem["lk"] == 77 }.reduce(0) { $0 + $1.weight } == 16)
    #expect(Set(attention.map { $0.problem["headDim"] }) == [40, 80, 160])
  }
}
