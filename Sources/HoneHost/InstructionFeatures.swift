// InstructionFeatures.swift: which instruction-set extensions the CPU has and the operating system lets us use.

internal import CPlatform
internal import Glibc

/// The instruction-set extensions that kernels are built for, one row each.
enum InstructionFeatures {
  enum Register { case eax, ebx, ecx, edx }

  /// What the operating system must save for a feature to be usable (bits of XCR0).
  enum State: UInt64 {
    case none = 0
    case avx = 0x6
    case avx512 = 0xe6
    case tiles = 0x60000
  }

  /// A feature and the CPUID bit that announces it.
  struct X86Row {
    var name: String
    var leaf: UInt32
    var subleaf: UInt32 = 0
    var register: Register
    var bit: UInt32
    var state: State = .none

    init(
      _ name: String, _ leaf: UInt32, _ register: Register, _ bit: UInt32, subleaf: UInt32 = 0,
      state: State = .none
    ) {
      self.name = name
      self.leaf = leaf
      self.subleaf = subleaf
      self.register = register
      self.bit = bit
      self.state = state
    }
  }

  /// Intel SDM volume 2 (CPUID) and AMD APM volume 3, appendix E.
  static let x86: [X86Row] = [
    X86Row("sse3", 1, .ecx, 0), X86Row("ssse3", 1, .ecx, 9), X86Row("cx16", 1, .ecx, 13),
    X86Row("sse4_1", 1, .ecx, 19), X86Row("sse4_2", 1, .ecx, 20), X86Row("movbe", 1, .ecx, 22),
    X86Row("popcnt", 1, .ecx, 23), X86Row("lahf", 0x8000_0001, .ecx, 0),
    X86Row("fma", 1, .ecx, 12, state: .avx), X86Row("avx", 1, .ecx, 28, state: .avx),
    X86Row("f16c", 1, .ecx, 29, state: .avx), X86Row("bmi1", 7, .ebx, 3),
    X86Row("avx2", 7, .ebx, 5, state: .avx), X86Row("bmi2", 7, .ebx, 8),
    X86Row("lzcnt", 0x8000_0001, .ecx, 5),
    X86Row("avx512f", 7, .ebx, 16, state: .avx512), X86Row("avx512dq", 7, .ebx, 17, state: .avx512),
    X86Row("avx512cd", 7, .ebx, 28, state: .avx512),
    X86Row("avx512bw", 7, .ebx, 30, state: .avx512),
    X86Row("avx512vl", 7, .ebx, 31, state: .avx512),
    X86Row("avx512_vbmi", 7, .ecx, 1, state: .avx512),
    X86Row("avx512_vnni", 7, .ecx, 11, state: .avx512),
    X86Row("avx512_bf16", 7, .eax, 5, subleaf: 1, state: .avx512),
    X86Row("avx512_fp16", 7, .edx, 23, state: .avx512),
    X86Row("avx_vnni", 7, .eax, 4, subleaf: 1, state: .avx),
    X86Row("avx_vnni_int8", 7, .edx, 4, subleaf: 1, state: .avx),
    X86Row("avx_ne_convert", 7, .edx, 5, subleaf: 1, state: .avx),
    X86Row("amx_tile", 7, .edx, 24, state: .tiles), X86Row("amx_int8", 7, .edx, 25, state: .tiles),
    X86Row("amx_bf16", 7, .edx, 22, state: .tiles),
    X86Row("amx_fp16", 7, .eax, 21, subleaf: 1, state: .tiles),
  ]

  /// A feature and its bit in the auxiliary vector (Linux's asm/hwcap.h for arm64).
  struct ARMRow {
    var name: String
    var isSecondWord: Bool
    var bit: UInt64
  }

  static let arm: [ARMRow] = [
    ARMRow(name: "neon", isSecondWord: false, bit: 1),
    ARMRow(name: "fp16", isSecondWord: false, bit: 10),
    ARMRow(name: "dotprod", isSecondWord: false, bit: 20),
    ARMRow(name: "sve", isSecondWord: false, bit: 22),
    ARMRow(name: "sve2", isSecondWord: true, bit: 1),
    ARMRow(name: "i8mm", isSecondWord: true, bit: 13),
    ARMRow(name: "bf16", isSecondWord: true, bit: 14),
    ARMRow(name: "sme", isSecondWord: true, bit: 23),
  ]

  /// psABI levels and what each needs beyond the one before, and extensions of a level ("x86v4_bf16") behind it; names are those of Hone's
  /// kernel builds, best last.
  static let levels: [(name: String, needs: [String])] = [
    ("x86v2", ["cx16", "lahf", "popcnt", "sse3", "ssse3", "sse4_1", "sse4_2"]),
    ("x86v3", ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe"]),
    ("x86v4", ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
    ("x86v4_bf16", ["avx512_vnni", "avx512_bf16"]),
    ("armv8", ["neon"]),
  ]

  /// A build for extensions of a level: "x86v4_bf16".
  static func isExtension(_ level: String) -> Bool { level.contains("_") }

  /// Features that no level contains and that a kernel may want.
  static func extras(of features: [String]) -> [String] {
    let inLevels = Set(levels.filter { !isExtension($0.name) }.flatMap(\.needs))
    return features.filter { !inLevels.contains($0) }
  }

  /// Levels that are complete; an x86 level counts only where the one before does.
  static func levels(of features: [String]) -> [String] {
    let present = Set(features)
    var names: [String] = []
    var isX86Complete = true
    for level in levels {
      let isComplete = level.needs.allSatisfy(present.contains)
      if level.name.hasPrefix("x86") {
        isX86Complete = isX86Complete && isComplete
        if isX86Complete { names.append(level.name) }
      } else if isComplete {
        names.append(level.name)
      }
    }
    return names
  }

  /// `$HONE_MAX_ISA`: the newest kernel build that may be used, "x86v3" for a CPU as if it had no AVX-512; nil where nothing is said.
  static var limit: String? {
    guard let value = getenv("HONE_MAX_ISA"), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// What is left of `features` where nothing newer than `level` may be used: what the level and those before it need, and of what no level
  /// needs nothing. A level that is not in the table leaves all.
  static func limited(_ features: [String], to level: String?) -> [String] {
    guard let last = levels.firstIndex(where: { $0.name == level }) else { return features }
    let allowed = Set(levels[...last].flatMap(\.needs))
    return features.filter(allowed.contains)
  }

  /// Features of the CPU that runs this, in the order of the tables.
  static func ofThisCPU() -> [String] {
    #if arch(arm64)
      return arm(hwcap: CPlatform_hwcap(), hwcap2: CPlatform_hwcap2())
    #else
      guard CPlatform_hasCPUID() != 0 else { return [] }
      return x86(savedState: CPlatform_xgetbv()) { CPlatform_cpuid($0, $1) }
    #endif
  }

  static func arm(hwcap: UInt64, hwcap2: UInt64) -> [String] {
    arm.filter { ($0.isSecondWord ? hwcap2 : hwcap) & (1 << $0.bit) != 0 }.map(\.name)
  }

  /// - Parameters:
  ///   - savedState: XCR0; a feature whose registers the system does not save is not usable.
  ///   - cpuid: leaf and subleaf → registers; replaced in tests.
  static func x86(
    savedState: UInt64, cpuid: (UInt32, UInt32) -> CPlatform_CPUID
  ) -> [String] {
    x86.filter { row in
      let registers = cpuid(row.leaf, row.subleaf)
      let values: [Register: UInt32] = [
        .eax: registers.eax, .ebx: registers.ebx, .ecx: registers.ecx, .edx: registers.edx,
      ]
      let isAnnounced = (values[row.register] ?? 0) & (1 << row.bit) != 0
      return isAnnounced && savedState & row.state.rawValue == row.state.rawValue
    }.map(\.name)
  }
}
