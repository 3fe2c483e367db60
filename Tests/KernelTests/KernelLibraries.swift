// KernelLibraries.swift: the kernel libraries that were built and that this CPU can run, for the tests to iterate.

import Glibc
import HoneBackends
import Testing

/// A row of a library, with a name for the test report.
struct RowCase: Sendable, CustomTestStringConvertible {
  var row: KernelRow
  var testDescription: String { row.variant }
}

enum KernelLibraries {
  /// What a CPU must have for a build, as words of /proc/cpuinfo. A build without a row here runs anywhere.
  static let requirements = [
    "x86v2": ["sse4_2", "popcnt"],
    "x86v3": ["avx2", "fma", "bmi2", "f16c"],
    "x86v4_bf16": [
      "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd", "avx512_vnni", "avx512_bf16",
    ],
    "x86v4": ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"],
  ]

  static let instructionSets: [String] = {
    #if arch(x86_64)
      let all = ["x86v2", "x86v3", "x86v4", "x86v4_bf16"]
    #else
      let all = ["armv8"]
    #endif
    let flags = cpuFlags()
    return all.filter { (requirements[$0] ?? []).allSatisfy(flags.contains) }
  }()

  static let runnable: [KernelLibrary] = instructionSets.compactMap { name in
    KernelLibrary.path(for: name).flatMap { try? KernelLibrary(path: $0) }
  }

  /// Those of whole levels: they hold every operation. A build for an extension holds what profits from it.
  static let complete = runnable.filter { !$0.instructionSet.contains("_") }

  /// Rows that read their operands as they are; those that want them packed have tests of their own.
  static func rows(_ operation: String) -> [RowCase] {
    all(operation).filter { !$0.row.wantsPacking }
  }

  /// Those of one type of data.
  static func rows(_ operation: String, types: String) -> [RowCase] {
    rows(operation).filter { $0.row.types == types }
  }

  static func packedRows(_ operation: String) -> [RowCase] {
    all(operation).filter { $0.row.wantsPacking }
  }

  private static func all(_ operation: String) -> [RowCase] {
    runnable.flatMap(\.rows).filter { $0.operation == operation }.map(RowCase.init)
  }

  private static func cpuFlags() -> Set<String> {
    guard let file = fopen("/proc/cpuinfo", "r") else { return [] }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
      if text.hasPrefix("flags") || text.hasPrefix("Features") {
        return Set(
          text.split { $0 == " " || $0 == ":" || $0 == "\n" || $0 == "\t" }.map(String.init))
      }
    }
    return []
  }
}

extension KernelRow {
  /// The values of a parameter, in order.
  static func values(of parameter: Parameter) -> [Int64] {
    var values: [Int64] = []
    var value = parameter.low
    while value <= parameter.high {
      values.append(Int64(value))
      value = parameter.isDoubling ? max(value * 2, parameter.step) : value + parameter.step
    }
    return values
  }

  var defaults: [Int64] { parameters.map { Int64($0.defaultValue) } }

  func randomParameters(_ random: inout some RandomNumberGenerator) -> [Int64] {
    parameters.map { KernelRow.values(of: $0).randomElement(using: &random) ?? 0 }
  }
}

/// The same numbers on every run (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
