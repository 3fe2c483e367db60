// FactList.swift: labels and values under each other, for answers about one thing.

internal import HoneCore
internal import HoneReport

struct FactList {
  private var facts: [(label: String, value: String)] = []

  /// An empty value is left out.
  mutating func add(_ label: String, _ value: String) {
    if !value.isEmpty { facts.append((label, value)) }
  }

  /// The label stands at the first value only.
  mutating func add(_ label: String, _ values: [String]) {
    for (index, value) in values.enumerated() { add(index == 0 ? label : "", value) }
  }

  func text() -> String {
    let width = facts.map(\.label.count).max() ?? 0
    return facts.map { fact in
      fact.label + String(repeating: " ", count: width + 2 - fact.label.count) + fact.value
    }.joined(separator: "\n")
  }

  /// "1.50× faster (1.47 … 1.53)": the interval is of 95 %.
  static func verdict(_ comparison: Comparison) -> String {
    let words = [
      "faster": "faster", "slower": "as fast: slower", "tie": "as fast: no difference shown",
    ]
    let word = words[comparison.verdict.rawValue] ?? ""
    let (low, high) = (comparison.interval.low, comparison.interval.high)
    return
      "\(Scaled.ratio(comparison.speedup)) \(word) (\(Scaled.percent(comparison.interval.confidence)): "
      + "\(Scaled.decimals(low, 2)) … \(Scaled.decimals(high, 2)))"
  }
}
