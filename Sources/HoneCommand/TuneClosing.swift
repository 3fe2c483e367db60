// TuneClosing.swift: the closing account of `hone tune` in a few lines for people.

internal import Hone
internal import HoneReport

struct TuneClosing {
  var account: TuningAccount

  var text: String { [tried, time, gain, origins, ends].compactMap { $0 }.joined(separator: "\n") }

  private var tried: String {
    let size = Self.grouped(account.spaceSize)
    let missing = account.notReached == 0 ? "" : ", \(account.notReached) not reached"
    return
      "Tried \(account.tried) of \(size) configurations for \(account.problems) problems: \(account.served) served\(missing)."
  }

  private var time: String {
    let time = account.time
    let parts = time.outside.filter { $0.value >= 0.005 * time.usedSeconds }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) \(Scaled.percent($0.value / max(time.usedSeconds, 1e-9)))" }
    let outside = parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    return
      "Took \(Scaled.decimals(time.usedSeconds, 1)) s of \(Scaled.decimals(time.budgetSeconds, 1)) s: \(Scaled.percent(1 - time.outsideShare)) inside kernels, \(Scaled.percent(time.outsideShare)) outside\(outside)."
  }

  private var gain: String? {
    guard account.tunedSeconds > 0 else { return nil }
    let tuned = Scaled.seconds(account.tunedSeconds)
    let left =
      "About \(Scaled.decimals(100 * account.expectedGain, 1)) % more is expected from trying as many again."
    guard let passes = account.paysBackAfterPasses, let seconds = account.paysBackAfterSeconds
    else {
      return "A pass over what was tuned takes \(tuned), as untuned. \(left)"
    }
    let ratio = Scaled.ratio(account.untunedSeconds / account.tunedSeconds)
    return """
      A pass over what was tuned takes \(tuned) instead of \(Scaled.seconds(account.untunedSeconds)) (\(ratio)). \(left)
      The tuning pays back after \(Self.grouped(passes)) passes, \(Self.duration(seconds)) of running.
      """
  }

  private var origins: String? { Self.counts(account.origins, "Winners came from: ") }

  private var ends: String? { Self.counts(account.ends, "Searches ended: ") }

  private static func counts(_ counts: [String: Int], _ title: String) -> String? {
    guard !counts.isEmpty else { return nil }
    let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return title + parts.map { "\($0.key) \($0.value)" }.joined(separator: ", ") + "."
  }

  /// "1 234 567": thin groups of three; beyond 10¹⁵ a power of ten.
  static func grouped(_ value: Double) -> String {
    guard value < 1e15 else { return "more than 10^15" }
    let digits = Array("\(Int(value))")
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += " " }
      text.append(digit)
    }
    return text
  }

  /// "42 s", "7 min", "3.2 h".
  static func duration(_ seconds: Double) -> String {
    if seconds < 120 { return "\(Scaled.decimals(seconds, 0)) s" }
    if seconds < 7200 { return "\(Scaled.decimals(seconds / 60, 0)) min" }
    return "\(Scaled.decimals(seconds / 3600, 1)) h"
  }
}
