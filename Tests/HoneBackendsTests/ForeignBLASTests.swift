// ForeignBLASTests.swift: BLAS libraries that a user names: good ones compute, bad ones are refused with the reason.

import Glibc
import HoneCore
import HoneHost
import HoneOperations
import HoneTesting
import Testing

@testable import HoneBackends

@Suite("Foreign BLAS back end", .serialized)
struct ForeignBLASTests {
  /// Where Debian puts the libraries that this test can use; each is used where it is installed.
  static let installed: [(name: String, path: String)] = [
    ("blis", "/usr/lib/x86_64-linux-gnu/libblis.so.4"),
    ("atlas", "/usr/lib/x86_64-linux-gnu/atlas/libblas.so.3"),
    ("onednn", "/usr/lib/x86_64-linux-gnu/libdnnl.so.2"),
    ("openblas2", "/usr/lib/x86_64-linux-gnu/libopenblas.so.0"),
  ].filter { access($0.1, R_OK) == 0 }

  private func refusal(_ name: String, _ path: String) -> String? {
    do throws(Refusal) {
      _ = try ForeignBLASBackend(name: name, path: path)
      return nil
    } catch { return "\(error)" }
  }

  @Test(
    "a library with nothing but cblas_sgemm becomes a back end that is proven right",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)))
  func smallest() throws {
    let backend = try ForeignBLASBackend(
      name: "tiny", path: PluginLibrary.compiled(source: "blas.c"))
    try check(backend)
    let branch = try #require(branches(backend).first)
    #expect(branch.parameters.isEmpty)
  }

  @Test(
    "a library that crashes, computes nothing or computes wrongly is refused and the process lives",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)),
    arguments: [
      ("-DBLAS_CRASH", "crashed"), ("-DBLAS_NOTHING", "unwritten"), ("-DBLAS_WRONG", "wrong"),
    ])
  func bad(flag: String, word: String) {
    let reason = refusal("bad", PluginLibrary.compiled([flag], source: "blas.c"))
    #expect(reason?.contains(word) == true, "\(reason ?? "accepted")")
  }

  @Test("what is no library, and a name that is none, are refused with the reason")
  func noLibrary() {
    #expect(refusal("x", "/nowhere/libnone.so")?.contains("no readable file") == true)
    #expect(refusal("x", "/etc/passwd")?.contains("no shared library") == true)
    #expect(refusal("hone", "/etc/passwd")?.contains("no name") == true)
    #expect(refusal("Has Space", "/etc/passwd")?.contains("no name") == true)
  }

  @Test(
    "installed BLAS libraries compute every transpose and leading dimension as the oracle does",
    .enabled(if: !installed.isEmpty, "no other BLAS library is installed"))
  func installedLibraries() throws {
    for (name, path) in Self.installed {
      let backend = try ForeignBLASBackend(name: name, path: path)
      try check(backend)
    }
  }

  @Test(
    "the environment names back ends; what is wrong with one is listed",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)))
  func environment() {
    setenv(
      "HONE_BACKENDS", "tiny=\(PluginLibrary.compiled(source: "blas.c")):gone=/nowhere.so:odd", 1)
    defer { unsetenv("HONE_BACKENDS") }
    let backends = Backends(host: HostFacts(cores: 1))
    #expect(backends["tiny"] != nil)
    #expect(backends.refused["gone=/nowhere.so"] != nil)
    #expect(backends.refused["=odd"] != nil)
  }

  private func branches(_ backend: ForeignBLASBackend) throws -> [Branch] {
    let gemm = try #require(Operations.named("gemm"))
    let problem = try gemm.normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 8, "n": 8, "k": 8]))
    return backend.branches(for: problem, host: HostFacts(cores: 2), cores: 2)
  }

  private func check(_ backend: ForeignBLASBackend) throws {
    let gemm = try #require(Operations.named("gemm"))
    for flags in ["nn", "nt", "tn", "tt"] {
      let problem = try gemm.normalised(
        Problem(
          operation: "gemm", types: "f32",
          shape: ["m": 13, "n": 31, "k": 17, "lda": 40, "ldb": 37, "ldc": 33],
          attributes: [
            "transA": String(flags.first!), "transB": String(flags.last!), "alpha": "0.5",
            "beta": "0.5",
          ]))
      let operands = try gemm.makeOperands(for: problem, seed: 3, copies: 1, pages: "4k")
      let plan = try backend.plan(
        for: problem, Configuration(backend: backend.name, variant: "sgemm", parameters: [:]))
      operands.poison()
      plan.prepare()
      try plan.execute(operands.arguments(copy: 0))
      let proof = operands.prove(copy: 0)
      #expect(proof.holds, "\(backend.name) \(flags): \(proof)")
    }
  }
}
