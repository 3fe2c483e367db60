// HistoryChange.swift: how one problem's time changed from one side to the other, and whether that is shown.

internal import Glibc
public import HoneCore
internal import HoneMeasure

/// What is said about one problem, core count and policy of one hardware class.
public struct HistoryChange: Sendable {
  public enum Judgement: String, Sendable {
    case faster, slower, tie
    /// Too few samples, or nothing to tell a change from drift by.
    case unknown
  }

  /// How drift between the two sessions was taken out.
  public enum Correction: String, Sendable {
    /// By a configuration that both sessions measured in the same rounds as their winners.
    case control
    /// By how the controls of other problems of the same two sessions moved.
    case host
    /// Not at all: several sessions a side say how much drift there is.
    case sessions
    case none
  }

  public var hardwareClass: String
  public var old: Record
  public var new: Record
  /// Time of the old over time of the new one, drift taken out: above 1 is faster. nil where nothing can be said.
  public var speedup: UnpairedRatio?
  /// The same as measured, drift included.
  public var raw: UnpairedRatio?
  /// How the control's time changed: the host's drift, where there is a control.
  public var drift: UnpairedRatio?
  public var control: Configuration?
  public var correction: Correction
  public var noiseFloor: Double
  public var judgement: Judgement = .unknown
  public var reason = ""

  public var title: String { ResultRow.title(of: new.problem) }

  /// Share by which the new one takes longer: 0.1 is 10 %.
  public var slowdown: Double { speedup.map { 1 / $0.ratio - 1 } ?? 0 }

  /// - Parameter verdicts: how many there are: each is as sure as leaves the chance of a false one among all of them at 5 % (Bonferroni).
  mutating func judge(verdicts: Int) {
    guard let speedup else { return }
    let confidence = 1 - 0.05 / Double(max(1, verdicts))
    // Far out in the tails it matters that the variance is an estimate: Student's quantile (first term of Cornish and Fisher).
    let quantile = Statistics.normalQuantile((1 + confidence) / 2)
    let widening = 1 + (quantile * quantile + 1) / (4 * Double(max(2, speedup.samples - 1)))
    let strict = UnpairedRatio(
      logarithm: log(speedup.ratio), variance: speedup.variance * widening * widening,
      samples: speedup.samples, confidence: confidence)
    let words: [Comparison.Verdict: Judgement] = [
      .faster: .faster, .slower: .slower, .tie: .tie,
    ]
    judgement = words[strict.verdict(noiseFloor: noiseFloor)] ?? .tie
  }
}

extension HistoryChange {
  /// Compares two winners of one problem; `oldFinals` and `newFinals` are of the winners' own sessions.
  init(old: Record, new: Record, oldFinals: [Record], newFinals: [Record], hardwareClass: String) {
    self.hardwareClass = hardwareClass
    self.old = old
    self.new = new
    noiseFloor = max(old.noiseFloor ?? 0, new.noiseFloor ?? 0)
    correction = .none
    let (before, after) = (Self.logarithms(old), Self.logarithms(new))
    if let one = LogMedian(before), let other = LogMedian(after) {
      raw = UnpairedRatio(one, other, confidence: 0.95)
    } else {
      reason = "too few samples (\(min(before.count, after.count)) of \(LogMedian.fewest))"
    }
    guard raw != nil,
      let pair = Self.control(old: old, new: new, oldFinals, newFinals)
    else { return }
    control = pair.old.configuration
    let controls = (Self.logarithms(pair.old), Self.logarithms(pair.new))
    if let one = LogMedian(controls.0), let other = LogMedian(controls.1) {
      drift = UnpairedRatio(one, other, confidence: 0.95)
    }
    // Of the same rounds: what slows one slows the other.
    let gains = (Self.differences(before, controls.0), Self.differences(after, controls.1))
    guard let one = LogMedian(gains.0), let other = LogMedian(gains.1) else { return }
    speedup = UnpairedRatio(one, other, confidence: 0.95)
    correction = .control
  }

  static func logarithms(_ record: Record) -> [Double] {
    (record.measurement?.samples ?? []).map { log($0) }
  }

  private static func differences(_ one: [Double], _ other: [Double]) -> [Double] {
    zip(one, other).map { $0 - $1 }
  }

  /// A configuration that both sessions measured beside their winners, with libraries that did not change: the default where that is one, else the one with
  /// most samples. What the winner itself is on either side cannot be its own control.
  private static func control(
    old: Record, new: Record, _ oldFinals: [Record], _ newFinals: [Record]
  ) -> (old: Record, new: Record)? {
    let configurations = oldFinals.map(\.configuration).reduce(into: [Configuration]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let pairs = configurations.compactMap { configuration -> (old: Record, new: Record)? in
      guard configuration != old.configuration, configuration != new.configuration,
        let one = beside(old, configuration, oldFinals),
        let other = beside(new, configuration, newFinals),
        libraries(of: one) == libraries(of: other)
      else { return nil }
      return (one, other)
    }
    let isDefault = pairs.first { $0.new.configuration == new.againstDefault?.against }
    return isDefault
      ?? pairs.max {
        ($0.old.measurement?.samples.count ?? 0) < ($1.old.measurement?.samples.count ?? 0)
      }
  }

  /// A session may hold several finals of a problem: the record of that configuration that was written nearest to the winner's is of the winner's final.
  private static func beside(
    _ winner: Record, _ configuration: Configuration, _ finals: [Record]
  ) -> Record? {
    let place = finals.lastIndex(of: winner) ?? finals.count
    return finals.indices.filter { finals[$0].configuration == configuration }
      .min { abs($0 - place) < abs($1 - place) }.map { finals[$0] }
  }

  /// Versions of what computes a configuration: of the library named like the back end or like the instruction set in the variant's name; all
  /// of them where neither says.
  private static func libraries(of record: Record) -> [String: String] {
    let all = record.provenance.libraries
    let set = record.configuration.variant.split(separator: "@").last.map(String.init) ?? ""
    let own = all.filter { name, _ in
      name == record.configuration.backend || (!set.isEmpty && name.hasSuffix("-\(set)"))
    }
    return own.isEmpty ? all : own
  }
}
