// Invariants.swift: what must hold of every record, as a table; a writer refuses what `validate` would complain about.

internal import HoneCore

enum Invariants {
  private struct Rule {
    var message: String
    var isViolated: @Sendable (Record) -> Bool

    init(_ message: String, violatedBy isViolated: @escaping @Sendable (Record) -> Bool) {
      self.message = message
      self.isViolated = isViolated
    }
  }

  /// What is wrong with a record, in words; empty where it is sound.
  static func violations(of record: Record) -> [String] {
    rules.filter { $0.isViolated(record) }.map(\.message)
  }

  private static let rules: [Rule] = [
    Rule("the core count is below 1") { $0.cores < 1 },
    Rule("an extent of the shape is negative") { $0.problem.shape.values.contains { $0 < 0 } },
    Rule("it is called measured, but has no measurement") {
      $0.outcome == .measured && $0.measurement == nil
    },
    Rule("it has a measurement, but is not called measured") {
      $0.outcome != .measured && $0.measurement != nil
    },
    Rule("its time counts although no proof holds that it computed the right thing") {
      $0.outcome == .measured && $0.proof?.holds != true && !$0.provenance.isImported
    },
    Rule("it is imported, but not as a screening record that is not served") {
      $0.provenance.isImported && ($0.stage != .screen || $0.served)
    },
    Rule("it is called wrong although its proof holds") {
      $0.outcome == .wrong && $0.proof?.holds == true
    },
    Rule("its measurement contradicts itself") {
      $0.measurement.map { !isSound($0) } ?? false
    },
    Rule("its noise floor is no share") {
      $0.noiseFloor.map { !($0 >= 0 && $0.isFinite) } ?? false
    },
    Rule("its relative time is none") {
      $0.relativeTime.map { !($0 > 0 && $0.isFinite) } ?? false
    },
    Rule("it has verdicts of a final, but was only screened") {
      $0.stage == .screen && !$0.comparisons.isEmpty
    },
    Rule("it is served without a final that proved it") { $0.served && !Winners.isServed($0) },
    Rule("a verdict contradicts its interval") { !$0.comparisons.allSatisfy(isSound) },
    Rule("it claims a gain that is below the noise floor") { record in
      record.comparisons.contains {
        $0.verdict == .faster && !($0.speedup > 1 + (record.noiseFloor ?? 0))
      }
    },
    Rule("it is served although it was not faster than the default") {
      $0.served && !$0.isDefault && $0.againstDefault?.verdict != .faster
    },
    Rule("its time is not RFC 3339 in UTC") { !isTime($0.provenance.time) },
    Rule("its provenance does not say who measured it") {
      [$0.provenance.tool, $0.provenance.hardwareClass, $0.provenance.host, $0.provenance.session]
        .contains("")
    },
  ]

  private static func isSound(_ measurement: Measurement) -> Bool {
    guard let least = measurement.samples.min(), let most = measurement.samples.max() else {
      return false
    }
    return least > 0 && most.isFinite && measurement.batch >= 1 && measurement.polluted >= 0
      && Interval(low: least, high: most).nearlyContains(measurement.median)
      && isSound(measurement.interval) && measurement.interval.nearlyContains(measurement.median)
  }

  /// A confidence of 0 is honest: what one sample is worth.
  private static func isSound(_ interval: Interval) -> Bool {
    interval.low > 0 && interval.low <= interval.high && interval.high.isFinite
      && (0...1).contains(interval.confidence)
  }

  /// "No record claims a win whose interval includes no gain."
  private static func isSound(_ comparison: Comparison) -> Bool {
    guard isSound(comparison.interval), comparison.interval.nearlyContains(comparison.speedup),
      comparison.pairs >= 1
    else { return false }
    switch comparison.verdict {
    case .faster: return comparison.interval.low > 1
    case .slower: return comparison.interval.high < 1
    case .tie: return true
    }
  }

  /// `2026-01-31T23:59:59Z`, with or without a fraction.
  static func isTime(_ text: String) -> Bool {
    let pattern = Array("dddd-dd-ddTdd:dd:dd".utf8)
    let bytes = Array(text.utf8)
    guard bytes.count > pattern.count, bytes.last == UInt8(ascii: "Z") else { return false }
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let matches = zip(pattern, bytes).allSatisfy {
      $0 == UInt8(ascii: "d") ? isDigit($1) : $0 == $1
    }
    let fraction = bytes[pattern.count..<bytes.count - 1]
    let isFraction = fraction.isEmpty || (fraction.first == UInt8(ascii: ".") && fraction.count > 1)
    return matches && isFraction && fraction.dropFirst().allSatisfy(isDigit)
  }
}

extension Interval {
  /// Rounding in whoever computed the bounds is no contradiction.
  fileprivate func nearlyContains(_ value: Double) -> Bool {
    low * (1 - 1e-9) <= value && value <= high * (1 + 1e-9)
  }
}
