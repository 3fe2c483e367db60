// ExpectedGain.swift: what trying more configurations is expected to save, from the spacing of the best that were tried.

internal import Glibc

/// **Background.** The gaps between the lowest of n independent values tell how the tail below them looks: for a tail that falls off
/// exponentially in log time, i · (y₍ᵢ₊₁₎ − y₍ᵢ₎) are independent with the same mean σ (Rényi, On the theory of order statistics, 1953),
/// the mean of the first k of them estimates σ (Hill, A simple general approach to inference about the tail of a distribution, Annals of
/// Statistics 3(5), 1975), and the minimum of m more values is expected to lie σ · ln(1 + m / n) lower.
///
/// **Approach.** y are logarithms of relative times. A strategy is no independent draw: what it proposes lies near the best, so that the
/// gaps it leaves shrink as it closes in, and with them the expectation. Runtimes have a lower end, which the exponential tail has not: the
/// estimate errs on the side of searching on. A few gaps of `priorGap` are mixed in, so that the first handful of trials is no verdict.
///
/// **Rejected.** Stopping after so many trials without improvement: it ignores how large an improvement would be, and what it costs.
struct ExpectedGain {
  private static let priorGap = 0.1
  private static let priorWeight = 2.0
  /// From so many trials on the prior fades.
  private static let priorTrials = 16.0
  /// Configurations tried, failures included.
  let tried: Int
  /// σ: log time gained each time the number of trials grows by a factor of e.
  let gap: Double

  /// - Parameter times: relative times of what was tried and worked.
  init(times: [Double], tried: Int) {
    self.tried = max(1, tried)
    let logs = times.filter { $0 > 0 }.map { log($0) }.sorted()
    let count = min(max(4, logs.count / 8), 16, max(0, logs.count - 1))
    let spacings = (0..<count).reduce(0.0) { $0 + logs[count] - logs[$1] }
    let weight = Self.priorWeight * min(1, Self.priorTrials / Double(self.tried))
    gap = (spacings + weight * Self.priorGap) / (Double(count) + weight)
  }

  /// The share of the best time that `more` trials are expected to save.
  func share(of more: Double) -> Double {
    more > 0 ? 1 - exp(-gap * log1p(more / Double(tried))) : 0
  }
}

/// When a search of one problem has nothing more to find.
struct ConvergenceRule {
  /// Valid configurations.
  var size: Int
  /// Differences below it are none.
  var noiseFloor: Double

  /// What a long final can tell apart. A short one on a noisy host has a floor of a tenth, and would end every search where it begins.
  private static let finestFloor = 0.02
  /// Trials for each doubling of the space: a space of a million asks for 160, a handful of parameters times their values.
  private static let trialsADoubling = 8.0

  private var floor: Double { min(noiseFloor, Self.finestFloor) }

  /// Trials before "nothing more to gain" may be said, unless everything was tried.
  private var fewestTrials: Int {
    min(size, max(24, Int(Self.trialsADoubling * log2(Double(max(1, size))))))
  }

  /// What trying as many again, as far as there are so many, is expected to save.
  func expectedGain(_ gain: ExpectedGain) -> Double {
    gain.share(of: Double(min(gain.tried, max(0, size - gain.tried))))
  }

  /// True where as many trials again are expected to gain less than the noise floor, and the last gain beyond it lies in the first half: of
  /// exchangeable trials, the second half brings the record as often as the first.
  /// - Parameter lastGain: trials made when the best last fell by more than the noise floor.
  func isConverged(_ gain: ExpectedGain, lastGain: Int) -> Bool {
    gain.tried >= fewestTrials && 2 * lastGain <= gain.tried && expectedGain(gain) < floor
  }
}
