// InstructionFeaturesTests.swift: a level counts only where the CPU has all of it and the system saves its registers.

import CPlatform
import Testing

@testable import HoneHost

@Suite("instruction features")
struct InstructionFeaturesTests {
  private static let everything = CPlatform_CPUID(eax: .max, ebx: .max, ecx: .max, edx: .max)

  @Test("a CPU with everything has every x86 level, and one without register state only the first")
  func stateMatters() {
    let full = InstructionFeatures.x86(savedState: .max) { _, _ in Self.everything }
    #expect(InstructionFeatures.levels(of: full) == ["x86v2", "x86v3", "x86v4", "x86v4_bf16"])
    #expect(full.contains("amx_int8"))
    let none = InstructionFeatures.x86(savedState: 0) { _, _ in Self.everything }
    #expect(InstructionFeatures.levels(of: none) == ["x86v2"])
    let avx = InstructionFeatures.x86(savedState: 0x7) { _, _ in Self.everything }
    #expect(InstructionFeatures.levels(of: avx) == ["x86v2", "x86v3"])
    #expect(avx.contains("avx_vnni") && !avx.contains("avx512f") && !avx.contains("amx_tile"))
  }

  @Test("a level with one missing feature, and all levels above it, do not count")
  func incompleteLevels() {
    for level in ["x86v2", "x86v3", "x86v4"] {
      let needs = InstructionFeatures.levels.first { $0.name == level }?.needs ?? []
      for missing in needs {
        let all = InstructionFeatures.levels.filter { $0.name != "armv8" }.flatMap(\.needs)
        let names = InstructionFeatures.levels(of: all.filter { $0 != missing })
        #expect(!names.contains(level), "\(missing)")
        #expect(names.allSatisfy { $0 < level })
      }
    }
  }

  @Test("ARM features come from the two words of the auxiliary vector")
  func arm() {
    let features = InstructionFeatures.arm(hwcap: 1 << 1 | 1 << 20, hwcap2: 1 << 13 | 1 << 14)
    #expect(features == ["neon", "dotprod", "i8mm", "bf16"])
    #expect(InstructionFeatures.levels(of: features) == ["armv8"])
    #expect(InstructionFeatures.extras(of: features) == ["dotprod", "i8mm", "bf16"])
    #expect(InstructionFeatures.levels(of: []) == [])
  }

  @Test(
    "a limit leaves what the level and those before it need, and a name that is no level leaves all"
  )
  func limits() {
    let all = InstructionFeatures.levels.filter { $0.name.hasPrefix("x86") }.flatMap(\.needs)
    let features = all + ["amx_int8", "avx512_vbmi"]
    for (limit, levels) in [
      ("x86v2", ["x86v2"]), ("x86v3", ["x86v2", "x86v3"]), ("x86v4", ["x86v2", "x86v3", "x86v4"]),
    ] {
      let left = InstructionFeatures.limited(features, to: limit)
      #expect(InstructionFeatures.levels(of: left) == levels)
      #expect(InstructionFeatures.extras(of: left).isEmpty)
    }
    #expect(InstructionFeatures.limited(features, to: "x86v9") == features)
    #expect(InstructionFeatures.limited(features, to: nil) == features)
  }

  @Test("this CPU's features agree with what the kernel lists")
  func agreesWithKernel() throws {
    let listed = SystemFiles().field("flags", in: "proc/cpuinfo")
    try #require(listed != nil || InstructionFeatures.ofThisCPU().contains("neon"))
    guard let listed else { return }
    let flags = Set(listed.split(separator: " ").map(String.init))
    let features = Set(InstructionFeatures.ofThisCPU())
    for name in ["avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "sse4_2"] {
      #expect(features.contains(name) == flags.contains(name), "\(name)")
    }
  }
}
