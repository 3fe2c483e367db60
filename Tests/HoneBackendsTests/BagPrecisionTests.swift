// BagPrecisionTests.swift: with an allowed error, tables are stored coarser, and the error is measured; with several nodes, tables are placed.

import CHoneKernel
import HoneCore
import HoneHost
import HoneOperations
import Testing

@testable import HoneBackends

@Suite(
  "Tables in another precision or place",
  .enabled(
    if: KernelLibrary.path(for: "x86v2") != nil || KernelLibrary.path(for: "armv8") != nil,
    "no kernel library was built"))
struct BagPrecisionTests {
  static let host = HostFacts(
    cores: 2, l2Bytes: 512 << 10, l3Bytes: 8 << 20, instructionSets: ["x86v2", "armv8"])
  static let backends = Backends(host: host)

  private func problem(
    _ types: String, _ attributes: [String: String], lookups: Int = 60
  ) throws -> Problem {
    try EmbeddingBagOperation().normalised(
      Problem(
        operation: "embedding-bag", types: types,
        shape: ["rows": 300, "dim": 37, "bags": 9, "lookups": lookups], attributes: attributes))
  }

  private func branches(_ problem: Problem, _ host: HostFacts = host) throws -> [Branch] {
    try #require(Self.backends["hone"]).branches(for: problem, host: host, cores: 2)
  }

  private func plan(
    _ problem: Problem, _ branch: Branch, _ changes: [String: ParameterValue] = [:]
  ) throws -> any Plan {
    var configuration = Space([branch]).configuration(
      at: Point(branch: 0, indices: branch.defaults))
    configuration.parameters.merge(changes) { $1 }
    return try #require(Self.backends["hone"]).plan(for: problem, configuration)
  }

  private func proof(_ problem: Problem, _ plan: any Plan) throws -> Proof {
    let operands = try EmbeddingBagOperation().makeOperands(
      for: problem, seed: 3, copies: 3, pages: "4k")
    try plan.adopt(operands)
    operands.poison()
    plan.prepare()
    try plan.execute(operands.arguments(copy: 2))
    return operands.prove(copy: 2)
  }

  @Test("without an allowed error only the table's own type is read")
  func exactAlone() throws {
    for branch in try branches(problem("f32", [:])) {
      #expect(branch.variant.hasPrefix("embedding-bag.f32."))
    }
  }

  @Test(
    "every coarser type is offered, computes, and errs less than is allowed",
    arguments: ["f32", "f16", "bf16", "u8f32", "u8f16", "u4f32"],
    ["sum", "mean", "max", "weighted", "bf16"])
  func coarser(types: String, how: String) throws {
    var attributes = ["max-error": "1e-1", "pooling": how]
    if how == "weighted" { attributes = ["max-error": "1e-1", "weighted": "yes"] }
    if how == "bf16" { attributes = ["max-error": "1e-1", "output": "bf16"] }
    if how == "mean", types.hasPrefix("u") { attributes["scales"] = "first" }
    let problem = try problem(types, attributes)
    let branches = try branches(problem)
    #expect(branches.first?.variant.hasPrefix("embedding-bag.\(types).") == true)
    #expect(branches.contains { $0.variant.hasPrefix("embedding-bag.u4f16.") })
    for branch in branches {
      let proof = try proof(problem, plan(problem, branch))
      #expect(proof.bound >= 0.1 && proof.bound < 0.11)
      #expect(proof.holds, "\(branch.variant): \(proof.error)")
    }
  }

  @Test("of tables that take turns each is converted")
  func turns() throws {
    let problem = try problem("f32", ["max-error": "1e-1"], lookups: 250)
    let operands = try EmbeddingBagOperation().makeOperands(
      for: problem, seed: 3, copies: 3, pages: "4k")
    let tables = (0..<3).map {
      operands.arguments(copy: $0).assumingMemoryBound(to: hone_embedding_bag.self).pointee.table
    }
    #expect(Set(tables).count == 3)
    for branch in try branches(problem) {
      let proof = try proof(problem, plan(problem, branch))
      #expect(proof.holds, "\(branch.variant): \(proof.error)")
    }
  }

  @Test("a bound that bytes cannot keep fails their proof, and not that of floats")
  func tightBound() throws {
    let problem = try problem("f32", ["max-error": "1e-5"])
    for branch in try branches(problem) {
      let isFloat = branch.variant.hasPrefix("embedding-bag.f32.")
      #expect(try proof(problem, plan(problem, branch)).holds == isFloat, "\(branch.variant)")
    }
  }

  @Test("an application's table is converted as a benchmark's is")
  func convertedForGuests() throws {
    let problem = try problem("f32", ["max-error": "1e-1"])
    for branch in try branches(problem) {
      let plan = try plan(problem, branch)
      let operands = try EmbeddingBagOperation().makeOperands(
        for: problem, seed: 4, copies: 1, pages: "4k")
      #expect(plan.packs == !branch.variant.hasPrefix("embedding-bag.f32."))
      let converted = try plan.packed(operands.arguments(copy: 0))
      operands.poison()
      var p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_embedding_bag.self).pointee
      if let converted { p.table = UnsafeRawPointer(converted.base) }
      try plan.executeAsGuest(&p)
      let proof = operands.prove(copy: 0)
      #expect(proof.holds, "\(branch.variant): \(proof.error)")
    }
  }

  @Test(
    "rows that come from memory and must be converted are joined in two passes, unless told otherwise"
  )
  func defaultBlock() throws {
    func block(_ types: String, rows: Int, lookups: Int = 90) throws -> Int? {
      try defaultValue(of: "block", types, rows: rows, dim: 256, lookups: lookups)
    }
    #expect(try block("u8f32", rows: 40_000) == 8)
    #expect(try block("u8f32", rows: 20_000) == nil)
    #expect(try block("f32", rows: 40_000) == nil)
    #expect(try block("u8f32", rows: 40_000, lookups: 9) == nil)
  }

  private func defaultValue(
    of parameter: String, _ types: String, rows: Int, dim: Int, lookups: Int = 90
  ) throws -> Int? {
    let backend = try #require(Self.backends["hone"] as? KernelBackend)
    let row = try #require(backend.rows.first { $0.types == types && $0.algorithm == "blocked" })
    let problem = try EmbeddingBagOperation().normalised(
      Problem(
        operation: "embedding-bag", types: types,
        shape: ["rows": rows, "dim": dim, "bags": 9, "lookups": lookups]))
    return AnalyticDefaults.value(
      of: parameter, row: row, problem: problem, host: Self.host)
  }

  @Test(
    "rows of several lines from memory are asked for twice unless they are scaled, those of one line or of many with a test"
  )
  func defaultAsking() throws {
    #expect(try defaultValue(of: "near_distance", "f32", rows: 1_000_000, dim: 32) == 16)
    #expect(try defaultValue(of: "near_distance", "f16", rows: 1_000_000, dim: 256) == nil)
    #expect(
      try defaultValue(of: "near_distance", "f16", rows: 1_000_000, dim: 256, lookups: 9) == 16)
    #expect(try defaultValue(of: "near_distance", "f32", rows: 10_000, dim: 32) == nil)
    #expect(try defaultValue(of: "near_distance", "u8f32", rows: 1_000_000, dim: 64) == nil)
    #expect(try defaultValue(of: "near_distance", "f32", rows: 1_000_000, dim: 16) == nil)
    #expect(try defaultValue(of: "straight", "f32", rows: 1_000_000, dim: 16) == 0)
    #expect(try defaultValue(of: "straight", "f16", rows: 1_000_000, dim: 256) == 0)
    #expect(try defaultValue(of: "straight", "f16", rows: 1_000_000, dim: 32) == 0)
    #expect(try defaultValue(of: "straight", "f32", rows: 1_000_000, dim: 32) == nil)
    #expect(try defaultValue(of: "straight", "f32", rows: 10_000, dim: 16) == nil)
    #expect(try defaultValue(of: "straight", "f32", rows: 1_000_000, dim: 16, lookups: 9) == nil)
    #expect(try defaultValue(of: "prefetch_distance", "f32", rows: 100, dim: 32) == 0)
  }

  @Test("the place of a table is searched where there are several nodes, and only there")
  func places() throws {
    let topology = try Topology.synthetic("pack:2 numa:1 l3:1 core:2 pu:1")
    var two = topology.facts
    two.instructionSets = Self.host.instructionSets
    let problem = try problem("f32", [:])
    for branch in try branches(problem, two) {
      let place = try #require(branch.parameters.first { $0.name == "tables" })
      #expect(place.values == ["local", "interleaved", "replicated"].map { .text($0) })
      let index = try #require(branch.parameters.firstIndex { $0.name == "tables" })
      #expect(branch.defaults[index] == 0)
    }
    for branch in try branches(problem) {
      #expect(!branch.parameters.contains { $0.name == "tables" })
    }
  }

  @Test("a place that this machine has not is refused with the reason; one that it has is right")
  func placed() throws {
    let problem = try problem("u8f32", [:])
    let branch = try #require(branches(problem).first)
    let nodes = try Topology.live().nodes.count { $0.isAllowed && $0.bytes > 0 }
    for place in ["interleaved", "replicated"] {
      let plan = try plan(problem, branch, ["tables": .text(place), "threads": .int(2)])
      if nodes > 1 {
        #expect(try proof(problem, plan).holds, "\(place)")
        continue
      }
      #expect {
        try proof(problem, plan)
      } throws: {
        "\($0)".contains("tables=\(place)") && "\($0)".contains("one NUMA node")
      }
    }
  }

  @Test("threads read the copy of the table on their own node")
  func nearTables() throws {
    let problem = try problem("f32", [:])
    let operands = try EmbeddingBagOperation().makeOperands(
      for: problem, seed: 5, copies: 1, pages: "4k")
    let branch = try #require(branches(problem).first)
    let kernel = try #require(try plan(problem, branch) as? KernelPlan)
    var p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_embedding_bag.self).pointee
    let far = p.table
    // Only the entry of this thread's node has the table; the problem itself points nowhere.
    p.table = UnsafeRawPointer(bitPattern: 64)
    var tables = [UnsafeRawPointer?](repeating: UnsafeRawPointer(bitPattern: 64), count: 64)
    tables[ThreadTeam.nodeOfCaller] = far
    operands.poison()
    let code = tables.withUnsafeBufferPointer { tables in
      var call = NearTable(
        problem: p, tables: tables.baseAddress!, nodes: tables.count, run: kernel.entryPoint,
        parameters: kernel.parameterAddress)
      var alone = hone_kernel_team(index: 0, count: 1, barrier: nil, context: nil)
      return NearTable.entry(&call, nil, nil, &alone)
    }
    #expect(code == HONE_KERNEL_OK)
    #expect(operands.prove(copy: 0).holds)
  }
}
