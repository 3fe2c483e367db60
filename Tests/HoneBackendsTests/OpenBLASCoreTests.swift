// OpenBLASCoreTests.swift: an OpenBLAS that does not know the CPU is told from one that does.

import Testing

@testable import HoneBackends

@Suite("OpenBLAS's choice of kernels")
struct OpenBLASCoreTests {
  @Test("kernels narrower than the CPU are complained about, with the variable that mends it")
  func narrow() {
    let levels = ["x86v2", "x86v3", "x86v4", "x86v4_bf16"]
    let complaint = OpenBLASCore.complaint(core: "Prescott", instructionSets: levels)
    #expect(complaint?.contains("OPENBLAS_CORETYPE=SkylakeX") == true)
    let narrower = OpenBLASCore.complaint(core: "Nehalem", instructionSets: ["x86v2", "x86v3"])
    #expect(narrower?.contains("OPENBLAS_CORETYPE=Haswell") == true)
  }

  @Test("a core that fits, or a CPU that has nothing wider, is no reason to complain")
  func fitting() {
    for core in ["Zen", "Haswell", "SkylakeX", "Sapphirerapids", "armv8"] {
      #expect(OpenBLASCore.complaint(core: core, instructionSets: ["x86v3", "x86v4"]) == nil)
    }
    #expect(OpenBLASCore.complaint(core: "Nehalem", instructionSets: ["x86v2"]) == nil)
  }
}
