// BagBatchTests.swift: many embedding-bags in one plan: the same results as one by one, for every number of threads.

import CHoneKernel
import HoneCore
import HoneHost
import HoneOperations
import Synchronization
import Testing

@testable import HoneBackends

@Suite(
  "Batches of embedding-bags",
  .enabled(
    if: KernelLibrary.path(for: "x86v2") != nil || KernelLibrary.path(for: "armv8") != nil,
    "no kernel library was built"))
struct BagBatchTests {
  /// Tables of different sizes, types, poolings and outputs, an empty one among them.
  static let problems: [Problem] = [
    ("f32", ["rows": 900, "dim": 64, "bags": 40, "lookups": 700], ["pooling": "sum"]),
    ("u4f16", ["rows": 3, "dim": 4, "bags": 1, "lookups": 1], ["output": "f16"]),
    ("u8f32", ["rows": 500, "dim": 33, "bags": 60, "lookups": 0], ["pooling": "mean"]),
    ("f16", ["rows": 70, "dim": 100, "bags": 90, "lookups": 90], ["pooling": "none"]),
    ("u8f16", ["rows": 50, "dim": 20, "bags": 7, "lookups": 300], ["weighted": "yes"]),
    ("bf16", ["rows": 50, "dim": 16, "bags": 200, "lookups": 400], ["pooling": "max"]),
  ].compactMap { types, shape, attributes in
    try? EmbeddingBagOperation().normalised(
      Problem(operation: "embedding-bag", types: types, shape: shape, attributes: attributes))
  }

  private func backend() throws -> any Backend {
    let host = HostFacts(
      cores: 2, l2Bytes: 512 << 10, l3Bytes: 8 << 20, instructionSets: ["x86v2", "armv8"])
    return try #require(Backends(host: host)["hone"])
  }

  private func plan(_ problem: Problem, _ backend: any Backend) throws -> any Plan {
    let host = HostFacts(
      cores: 2, l2Bytes: 512 << 10, l3Bytes: 8 << 20, instructionSets: ["x86v2", "armv8"])
    let branch = try #require(backend.branches(for: problem, host: host, cores: 2).first)
    var values: [String: ParameterValue] = [:]
    for (parameter, index) in zip(branch.parameters, branch.defaults) {
      values[parameter.name] = parameter.values[index]
    }
    return try backend.plan(
      for: problem,
      Configuration(backend: branch.backend, variant: branch.variant, parameters: values))
  }

  @Test("all tables come out as in Double", arguments: [1, 2, 3, 7])
  func computesAll(threads: Int) throws {
    #expect(Self.problems.count == 6)
    let backend = try backend()
    let operands = try Self.problems.map {
      try EmbeddingBagOperation().makeOperands(for: $0, seed: 8, copies: 1, pages: "4k")
    }
    let plans = try Self.problems.map { try plan($0, backend) }
    let batch = try BagBatch(plans, threads: threads)
    operands.forEach { $0.poison() }
    let pointers: [UnsafeRawPointer?] = operands.map { $0.arguments(copy: 0) }
    try pointers.withUnsafeBytes { try batch.execute($0.baseAddress!) }
    for (each, problem) in zip(operands, Self.problems) {
      let proof = each.prove(copy: 0)
      #expect(proof.holds, "\(problem.key): \(proof)")
    }
  }

  @Test("tables on several nodes are shared in order of their nodes, and come out the same")
  func byNode() throws {
    let backend = try backend()
    let operands = try Self.problems.map {
      try EmbeddingBagOperation().makeOperands(for: $0, seed: 8, copies: 1, pages: "4k")
    }
    let plans = try Self.problems.map { try plan($0, backend) }
    let asked = Mutex(0)
    // Nodes 2, 1, 0, none, 2, 1 …: the line is turned around.
    let batch = try BagBatch(plans, threads: 3) { _ in
      asked.withLock { count in
        defer { count += 1 }
        return count % 4 == 3 ? nil : 2 - count % 4
      }
    }
    let pointers: [UnsafeRawPointer?] = operands.map { $0.arguments(copy: 0) }
    for _ in 0..<2 {
      operands.forEach { $0.poison() }
      try pointers.withUnsafeBytes { try batch.execute($0.baseAddress!) }
      for each in operands { #expect(each.prove(copy: 0).holds, "\(each.problem.key)") }
    }
    #expect(asked.withLock { $0 } == Self.problems.count)
    #expect(batch.line == [2, 1, 5, 0, 4, 3])
  }

  @Test("parts of a table are problems of their own, whatever says where bags are")
  func parts() {
    let lengths: [Int64] = [3, 0, 5, 1, 0, 0, 9, 2]
    var starts: [Int64] = [0]
    for length in lengths { starts.append(starts[starts.count - 1] + length) }
    for form in [HONE_BAGS_STARTS, HONE_BAGS_BORDERS, HONE_BAGS_LENGTHS] {
      let list = form == HONE_BAGS_LENGTHS ? lengths : starts
      list.withUnsafeBytes { offsets in
        var whole = hone_embedding_bag()
        (whole.dim, whole.bags, whole.index_count, whole.output_stride) = (4, 8, 20, 4)
        (whole.index_bytes, whole.bag_form) = (8, Int32(form))
        (whole.offsets, whole.indices) = (offsets.baseAddress, UnsafeRawPointer(bitPattern: 4096))
        let run = BagRun(&whole, rowBytes: 16)
        #expect(run.cost == 20 * 16 + 8 * 16)
        let borders = (0...5).map { $0 == 5 ? 8 : run.border(run.cost * Double($0) / 5) }
        #expect(borders == borders.sorted() && borders[0] == 0)
        for (low, high) in zip(borders, borders.dropFirst()) where low < high {
          check(run.slice(low..<high), Array(lengths[low..<high]), first: Int(starts[low]))
        }
      }
    }
  }

  /// The lengths that a part says, and where in the indices it begins.
  private func check(_ part: hone_embedding_bag, _ lengths: [Int64], first: Int) {
    #expect(Int(part.bags) == lengths.count)
    let list = UnsafeBufferPointer(
      start: part.offsets.assumingMemoryBound(to: Int64.self), count: lengths.count + 1)
    if part.bag_form == Int32(HONE_BAGS_LENGTHS) {
      #expect(Array(list.prefix(lengths.count)) == lengths)
      #expect(UInt(bitPattern: part.indices) == 4096 + UInt(8 * first))
      return
    }
    let isLast = part.bag_form == Int32(HONE_BAGS_STARTS)
    let ends = lengths.indices.map {
      isLast && $0 == lengths.count - 1 ? part.index_count : list[$0 + 1]
    }
    #expect(zip(ends, list).map { $0 - $1 } == lengths && list[0] == Int64(first))
  }

  @Test("what cannot be joined is refused")
  func refusals() throws {
    let backend = try backend()
    #expect(throws: Refusal.self) { try BagBatch([], threads: 2) }
    let gemm = try #require(Operations.named("gemm")).normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 4, "n": 4, "k": 4]))
    let plan = try plan(gemm, backend)
    #expect(throws: Refusal.self) { try BagBatch([plan], threads: 2) }
  }
}
