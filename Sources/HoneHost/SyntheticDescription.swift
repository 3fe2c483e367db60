// SyntheticDescription.swift: checks and translates `pack:2 numa:2 l3:1 core:8 pu:2` before hwloc sees it.

internal import HoneCore

/// A description of an imagined machine in hwloc's syntax.
struct SyntheticDescription {
  var hwloc: String

  static let advice =
    "Write levels from the outside in, such as 'pack:2 numa:2 l3:1 core:8 pu:2' or 'pack:1 l3:2(size=32MiB) core:4 pu:1'."

  /// What people call the levels → what hwloc calls them.
  private static let names = [
    "pack": "pack", "package": "pack", "packages": "pack", "socket": "pack", "die": "die",
    "numa": "numa", "node": "numa", "numanode": "numa", "group": "group", "l5": "l5", "l4": "l4",
    "l3": "l3", "l2": "l2", "l1": "l1", "l1d": "l1", "l1i": "l1i", "l3cache": "l3",
    "l2cache": "l2", "l1cache": "l1", "l1dcache": "l1", "l1icache": "l1i", "core": "core",
    "cores": "core", "pu": "pu", "thread": "pu", "threads": "pu",
  ]

  /// More CPUs than any machine; building them would only take memory.
  private static let cpuLimit = 16384

  init(_ text: String) throws {
    var total = 1
    var levels: [String] = []
    for part in Self.parts(of: text) {
      // "[numa(memory=64GB)]" attaches a memory and multiplies nothing.
      if part.hasPrefix("[") {
        levels.append(part)
        continue
      }
      let (level, count) = try Self.level(part)
      let (product, overflow) = total.multipliedReportingOverflow(by: count)
      guard !overflow, product <= Self.cpuLimit else {
        throw Self.error("describes more than \(Self.cpuLimit) CPUs")
      }
      total = product
      levels.append(level)
    }
    guard levels.contains(where: { !$0.hasPrefix("[") }) else {
      throw Self.error("names no level")
    }
    if levels.last?.hasPrefix("pu:") != true { levels.append("pu:1") }
    hwloc = levels.joined(separator: " ")
  }

  /// Splits at blanks that are outside of parentheses and brackets.
  private static func parts(of text: String) -> [String] {
    var parts: [String] = []
    var current = ""
    var depth = 0
    for character in text {
      if character == "(" || character == "[" { depth += 1 }
      if character == ")" || character == "]" { depth -= 1 }
      if depth <= 0, character.isWhitespace || character == "," {
        if !current.isEmpty { parts.append(current) }
        current = ""
      } else {
        current.append(character)
      }
    }
    return current.isEmpty ? parts : parts + [current]
  }

  /// `L3:2(size=32MB)` → `l3:2(size=32MB)` and 2. A bare number is a level without a name, as hwloc has it.
  private static func level(_ part: String) throws -> (text: String, count: Int) {
    let pieces = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let counted = pieces[pieces.count - 1]
    let digits = counted.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), count > 0 else {
      throw error("has a level without a positive count: '\(part)'")
    }
    let rest = counted.dropFirst(digits.count)
    guard rest.isEmpty || (rest.hasPrefix("(") && rest.hasSuffix(")")) else {
      throw error("has something after the count in '\(part)'")
    }
    guard pieces.count == 2 else { return (part, count) }
    guard let name = names[pieces[0].lowercased()] else {
      throw error("has an unknown level '\(pieces[0])'")
    }
    return ("\(name):\(counted)", count)
  }

  private static func error(_ problem: String) -> HoneError {
    HoneError(.usage, "the description of the machine \(problem).", advice: advice)
  }
}
