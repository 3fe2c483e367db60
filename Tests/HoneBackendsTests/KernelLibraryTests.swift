// KernelLibraryTests.swift: good libraries run, broken ones are refused with their reason, and the rest goes on.

import FoundationEssentials
import Glibc
import HoneBackends
import HoneCore
import HoneHost
import HoneOperations
import Testing

@Suite("Kernel libraries")
struct KernelLibraryTests {
  @Test("a missing, empty or foreign file is refused with the reason")
  func notLibraries() throws {
    #expect(throws: Refusal.self) { try KernelLibrary(path: "/nonexistent/libx.so") }
    let empty = "/tmp/hone-empty-\(getpid()).so"
    try Data().write(to: URL(filePath: empty))
    defer { unlink(empty) }
    let error = #expect(throws: Refusal.self) { try KernelLibrary(path: empty) }
    #expect(error?.description.contains("cannot be opened") == true)
    let foreign = #expect(throws: Refusal.self) { try KernelLibrary(path: "libm.so.6") }
    #expect(foreign?.description.contains("exports no manifest") == true)
  }

  @Test(
    "a plug-in in C is opened and says what it holds",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)))
  func good() throws {
    let library = try KernelLibrary(path: PluginLibrary.compiled())
    #expect(library.name == "plugin")
    #expect(library.rows.map(\.variant) == ["gemm.f32.plugin@\(library.instructionSet)"])
    #expect(library.rows[0].parameters.map(\.name) == ["block"])
  }

  @Test(
    "a broken plug-in is refused with the reason",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)),
    arguments: [
      ("-DPLUGIN_ABI=7", "ABI 7"), ("-DPLUGIN_NO_MANIFEST", "exports no manifest"),
      ("-DPLUGIN_CRASH", "crashed while it was opened"), ("-DPLUGIN_ROWS=3", "no row 1 of 3"),
      ("-DPLUGIN_PARAMETERS=17", "17 parameters"), ("-DPLUGIN_PARAMETERS=-1", "-1 parameters"),
      ("-DPLUGIN_NO_NAME", "null"),
    ])
  func broken(flag: String, reason: String) throws {
    let path = PluginLibrary.compiled([flag])
    try #require(!path.isEmpty)
    let refusal = #expect(throws: Refusal.self) { try KernelLibrary(path: path) }
    #expect(refusal?.description.contains(reason) == true, "\(refusal?.description ?? "")")
  }

  @Test(
    "a plug-in's variant is planned, runs on several threads and is proven; a wrong one is not",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)),
    arguments: [[], ["-DPLUGIN_WRONG"]])
  func proven(flags: [String]) throws {
    let backend = KernelBackend(libraries: [
      try KernelLibrary(path: PluginLibrary.compiled(flags))
    ])
    let operation = try #require(Operations.named("gemm"))
    let problem = try operation.normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 37, "n": 11, "k": 5]))
    let branch = try #require(
      backend.branches(for: problem, host: HostFacts(cores: 3), cores: 3).first)
    #expect(branch.parameters.map(\.name) == ["block", "threads"])
    #expect(branch.parameters[0].values == [1, 2, 4, 8, 16, 32, 64])
    let operands = try operation.makeOperands(for: problem, seed: 1, copies: 1, pages: "4k")
    for threads in 1...3 {
      let plan = try backend.plan(
        for: problem,
        Configuration(
          backend: "hone", variant: branch.variant,
          parameters: ["block": 4, "threads": .int(threads)]))
      for _ in 0..<200 {
        operands.poison()
        plan.prepare()
        try plan.execute(operands.arguments(copy: 0))
        #expect(operands.prove(copy: 0).holds == flags.isEmpty)
      }
    }
  }

  @Test(
    "a parameter outside its range and an unknown variant are refused",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)))
  func refusedConfigurations() throws {
    let library = try KernelLibrary(path: PluginLibrary.compiled())
    let backend = KernelBackend(libraries: [library])
    let problem = try #require(Operations.named("gemm")).normalised(
      Problem(operation: "gemm", types: "f32", shape: ["m": 1, "n": 1, "k": 1]))
    let variant = library.rows[0].variant
    for (variant, block) in [(variant, 0), (variant, 65), ("gemm.f32.none@x86v2", 1)] {
      let configuration = Configuration(
        backend: "hone", variant: variant, parameters: ["block": .int(block)])
      #expect(throws: Refusal.self) { try backend.plan(for: problem, configuration) }
    }
  }

  @Test(
    "a refused library does not keep the others from being used",
    .enabled(if: PluginLibrary.isCompilable, Comment(rawValue: PluginLibrary.reason)))
  func theRestGoesOn() throws {
    let crashing = PluginLibrary.compiled(["-DPLUGIN_CRASH"])
    let foreign = PluginLibrary.compiled(["-DPLUGIN_ISA=\"pdp11\""])
    let good = PluginLibrary.compiled()
    setenv("HONE_PLUGINS", "\(crashing):\(foreign):/nonexistent.so:\(good)", 1)
    defer { unsetenv("HONE_PLUGINS") }
    let backends = Backends(host: HostFacts(cores: 1, instructionSets: ["x86v2", "armv8"]))
    #expect(backends.refused[crashing] != nil)
    #expect(backends.refused[foreign]?.description.contains("pdp11") == true)
    #expect(backends.refused["/nonexistent.so"] != nil)
    #expect(backends.refused[good] == nil)
    let hone = try #require(backends["hone"] as? KernelBackend)
    #expect(hone.rows.contains { $0.algorithm == "plugin" })
  }
}
