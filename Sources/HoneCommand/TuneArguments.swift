// TuneArguments.swift: how times and core budgets are written on the command line.

internal import ArgumentParser
internal import HoneCore

/// "90", "90s", "10m", "2h".
struct TimeSpan: ExpressibleByArgument {
  var seconds: Double

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = argument.last.flatMap { units[$0] }
    let number = unit == nil ? Substring(argument) : argument.dropLast()
    guard let value = Double(number), value > 0, value.isFinite, value < 1e7 else { return nil }
    seconds = value * (unit ?? 1)
  }
}

enum CoreBudgets: ExpressibleByArgument {
  case all
  case list([Int])

  init?(argument: String) {
    if argument == "all" {
      self = .all
      return
    }
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    let counts = words.compactMap { Int($0) }
    guard counts.count == words.count, counts.allSatisfy({ $0 > 0 }) else { return nil }
    self = .list(Array(Set(counts)).sorted())
  }

  var defaultValueDescription: String { "all" }

  func counts(available: Int) throws -> [Int] {
    guard case .list(let counts) = self else { return [available] }
    guard let largest = counts.last, largest <= available else {
      throw HoneError(
        .usage, "cannot tune for \(counts.last ?? 0) cores: this process may use \(available)",
        advice: "See `hone topology` for what limits it (cpuset, affinity, quota).")
    }
    return counts
  }
}
