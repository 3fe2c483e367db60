// Scaled.swift: numbers with units as people read them: 3 significant digits, a scaled unit.

/// Formats for tables and messages. Pure functions of their argument: the same everywhere.
public enum Scaled {
  /// "12.3 µs", "1.00 s".
  public static func seconds(_ value: Double) -> String {
    scaled(value, [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])
  }

  /// "1.25 mJ", "3.40 J".
  public static func joules(_ value: Double) -> String {
    scaled(value, [(1, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ")])
  }

  /// "81.2 GFLOP/s", "17.0 GB/s": `unit` is "flop/s" or "byte/s", anything else is appended as it is.
  public static func rate(_ value: Double, unit: String) -> String {
    let name = ["flop/s": "FLOP/s", "byte/s": "B/s", "op/s": "OP/s"][unit] ?? unit
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")]
    return scaled(value, steps.map { ($0.0, $0.1 + name) })
  }

  /// "32 KiB", "1.5 MiB".
  public static func bytes(_ value: Int) -> String {
    let steps: [(Double, String)] = [
      (1_099_511_627_776, "TiB"), (1_073_741_824, "GiB"), (1_048_576, "MiB"), (1024, "KiB"),
      (1, "B"),
    ]
    let step = steps.first { Double(value) >= $0.0 } ?? (1, "B")
    let scaled = Double(value) / step.0
    let text = scaled == scaled.rounded() ? "\(Int(scaled))" : decimals(scaled, 1)
    return "\(text) \(step.1)"
  }

  /// "1.2e-07", "0".
  public static func scientific(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    var exponent = 0
    var digits = abs(value)
    while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
    while digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
    if (digits * 10).rounded() >= 100 { (digits, exponent) = (digits / 10, exponent + 1) }
    let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
    return (value < 0 ? "-" : "") + decimals(digits, 1) + "e" + (exponent < 0 ? "-" : "+") + power
  }

  /// "1.23×".
  public static func ratio(_ value: Double) -> String { decimals(value, 2) + "×" }

  /// "71 %" of a fraction 0.71.
  public static func percent(_ fraction: Double) -> String {
    fraction.isFinite ? "\(Int((fraction * 100).rounded())) %" : "–"
  }

  /// Fixed number of decimals, with a point whatever the locale.
  public static func decimals(_ value: Double, _ count: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var factor = 1.0
    for _ in 0..<count { factor *= 10 }
    let scaled = Int64((abs(value) * factor).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let whole = scaled / Int64(factor)
    guard count > 0 else { return "\(sign)\(whole)" }
    let fraction = String(scaled % Int64(factor))
    return "\(sign)\(whole)." + String(repeating: "0", count: count - fraction.count) + fraction
  }

  /// "0.025", "500", "1.2e-7": four significant digits at most, for axes and for sorting.
  public static func significant(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "0" }
    let magnitude = abs(value)
    if magnitude >= 1e6 || magnitude < 1e-3 {
      var exponent = 0
      var digits = magnitude
      while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
      while digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
      return "\(value < 0 ? "-" : "")\(trimmed(decimals(digits, 3)))e\(exponent)"
    }
    let count = magnitude >= 1000 ? 0 : magnitude >= 10 ? 2 : 4
    return trimmed(decimals(value, count))
  }

  /// "10G" of 10¹⁰: a rate beside an axis.
  static func compactRate(_ value: Double) -> String {
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")]
    let step = steps.first { value >= $0.0 } ?? (1, "")
    return significant(value / step.0) + step.1
  }

  /// Without zeros at the end of a fraction.
  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    let short = text.reversed().drop { $0 == "0" }.reversed()
    return short.last == "." ? String(short.dropLast()) : String(short)
  }

  private static func scaled(_ value: Double, _ steps: [(Double, String)]) -> String {
    guard value.isFinite else { return "–" }
    let step = steps.first { abs(value) >= $0.0 } ?? steps[steps.count - 1]
    let scaled = value / step.0
    let count = abs(scaled) >= 100 ? 0 : abs(scaled) >= 10 ? 1 : 2
    return decimals(scaled, count) + " " + step.1
  }
}
