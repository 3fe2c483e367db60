// OneDNNBackendTests.swift: oneDNN's matmul computes what the oracle says, in the types that the library has.

import Glibc
import HoneCore
import HoneHost
import HoneOperations
import HoneTesting
import Testing

@testable import HoneBackends

@Suite("oneDNN back end", .serialized)
struct OneDNNBackendTests {
  private func problem(
    _ types: String, _ shape: [String: Int], _ attributes: [String: String] = [:]
  ) throws -> Problem {
    try GEMMOperation().normalised(
      Problem(operation: "gemm", types: types, shape: shape, attributes: attributes))
  }

  @Test(
    "an installed library computes every type, transpose and batch that it offers as the oracle does",
    .enabled(if: OneDNNBackend.installedPath != nil, "no libdnnl is installed"))
  func computes() throws {
    let backend = OneDNNBackend(path: try #require(OneDNNBackend.installedPath))
    try #require(!backend.libraries.isEmpty, "\(backend.summary)")
    let shape = ["m": 13, "n": 65, "k": 37]
    var problems = [try problem("f32", shape.merging(["batch": 3]) { $1 })]
    for types in ["f32", "f32f32", "bf16", "bf16bf16f32", "f16", "u8s8s32", "s8s8s32"] {
      for transpose in ["n", "t"] {
        problems.append(try problem(types, shape, ["transB": transpose]))
      }
    }
    problems.append(
      try problem("f32", shape.merging(["lda": 40, "ldb": 70, "ldc": 99]) { $1 }, ["transA": "t"]))
    let offered = problems.filter {
      !backend.branches(for: $0, host: HostFacts(cores: 2), cores: 2).isEmpty
    }
    #expect(offered.contains { $0.types == "f32f32" })
    #expect(checkBackend(backend, problems: offered, host: HostFacts(cores: 2), cores: 2) == [])
  }

  @Test("what its product is not, it does not offer: alpha, beta, epilogues, empty matrices")
  func offersNothing() throws {
    let backend = OneDNNBackend(path: "/nowhere/libdnnl.so.3")
    let shape = ["m": 4, "n": 4, "k": 4]
    for attributes in [["alpha": "0.5"], ["beta": "1"], ["epilogue": "relu"]] {
      #expect(OneDNNSizes(try problem("f32", shape, attributes)) == nil)
    }
    #expect(OneDNNSizes(try problem("f32", ["m": 4, "n": 4, "k": 0])) == nil)
    #expect(OneDNNSizes(try problem("f32s4", shape)) == nil)
    let branches = backend.branches(
      for: try problem("f32", shape), host: HostFacts(cores: 2), cores: 2)
    #expect(branches.isEmpty)
    #expect(backend.summary.contains("no readable file"))
  }

  @Test(
    "a library that is no oneDNN is refused with the reason",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)))
  func noLibrary() {
    let backend = OneDNNBackend(path: PluginLibrary.compiled(source: "blas.c"))
    #expect(backend.libraries.isEmpty)
    #expect(backend.summary.contains("no oneDNN"))
  }
}
