// Verdict.swift: how a comparison is written: a mark first, then the number, then its interval.

internal import HoneCore

extension Comparison.Verdict {
  /// What people see, with and without colour.
  var mark: String {
    switch self {
    case .faster: "+"
    case .tie: "~"
    case .slower: "−"
    }
  }

  var tone: Tone {
    switch self {
    case .faster: .better
    case .tie: .plain
    case .slower: .worse
    }
  }
}

extension Comparison {
  /// "+ 1.23× [1.19, 1.27]".
  var text: String {
    let range = "[\(Scaled.decimals(interval.low, 2)), \(Scaled.decimals(interval.high, 2))]"
    return "\(short) \(range)"
  }

  /// "+ 1.23×".
  var short: String { "\(verdict.mark) \(Scaled.ratio(speedup))" }
}
