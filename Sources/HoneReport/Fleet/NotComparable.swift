// NotComparable.swift: the error of things that cannot be compared; exit code 3.

public import HoneCore

extension HoneError.Code {
  /// Nothing in common, or too few samples to say anything. Exit code 3.
  public static let notComparable = HoneError.Code(rawValue: "not-comparable")
}

extension Grid {
  /// Why nothing can be compared; nil where something can.
  public var reasonNotComparable: HoneError? {
    let filtered = projection.filter == nil ? "" : " that the filter accepts"
    guard !rows.isEmpty else {
      return HoneError(
        .unusableData, "nothing was tuned to the end\(filtered)",
        advice: "Run `hone tune`; it goes on where it stopped.")
    }
    guard columns.count > 1, commonRows.isEmpty else { return nil }
    return HoneError(
      .notComparable, "the \(columns.count) columns have no problem in common\(filtered)",
      advice: "Tune the same workload on each host: hone tune NAME; or compare fewer of them.")
  }
}
