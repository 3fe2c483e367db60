// OpenBLASCore.swift: which of its kernels OpenBLAS took for this CPU, and whether better ones would run here.

internal import HoneHost

/// An OpenBLAS that is older than the CPU does not know its model number and falls back to kernels of 2004: in 0.3.21 an Emerald Rapids
/// counts as "Prescott". Its variable `OPENBLAS_CORETYPE` overrides that.
enum OpenBLASCore {
  /// Cores whose kernels use no more than 128-bit SSE, by the names that OpenBLAS gives them.
  private static let narrow: Set<String> = [
    "katmai", "coppermine", "northwood", "prescott", "banias", "core2", "penryn", "dunnington",
    "nehalem", "atom", "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "nano",
  ]
  /// The widest kernels for each level, best first.
  private static let fitting = [("x86v4", "SkylakeX"), ("x86v3", "Haswell")]

  /// What to do, where the kernels that were taken are narrower than AVX2 and the CPU is not.
  static func complaint(core: String, instructionSets: [String]) -> String? {
    guard narrow.contains(core.lowercased()),
      let better = fitting.first(where: { instructionSets.contains($0.0) })?.1
    else { return nil }
    return
      "it does not know this CPU and took its kernels for '\(core)': set OPENBLAS_CORETYPE=\(better)"
  }
}
