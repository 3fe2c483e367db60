// VerdictBenchmark.swift: how often the tuner's verdicts are right on a noisy, drifting machine; the truth is known there.

internal import Glibc
internal import HoneCore
internal import HoneMeasure
internal import HoneTesting

/// **Find.** Spaces of random size with random times, several within a few percent of the best: is what is served within 2 % of the
/// best that was tried?
///
/// **A/A.** Spaces in which all configurations are equal: is a significant win claimed?
///
/// Noise: 10 % lognormal on every sample, ± 30 % of drift along a slow sine, and bursts in which everything takes three times as
/// long. The machine's clock is simulated, so a run takes milliseconds; the tuner is the real one.
enum VerdictBenchmark {
  static let usage = "[--runs N] [--seed N] [--budget SECONDS]"

  struct Tally {
    var runs = 0
    var hits = 0
    var tried = 0
    /// Of the simulated clock, all runs together.
    var seconds = 0.0
    /// One line for each run that missed.
    var misses: [String] = []

    var share: Double { runs > 0 ? Double(hits) / Double(runs) : 0 }
    var interval: Interval { Statistics.wilsonInterval(successes: hits, of: runs) }
  }

  static func run(_ arguments: [String]) throws {
    var settings = ["--runs": 200.0, "--seed": 1, "--budget": 15]
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard settings[name] != nil, let value = rest.popFirst().flatMap(Double.init), value >= 1
      else { throw HoneError(.usage, "'\(name)' is not understood", advice: "Usage: \(usage)") }
      settings[name] = value
    }
    let (runs, seed) = (Int(settings["--runs"] ?? 200), UInt64(settings["--seed"] ?? 1))
    let budget = settings["--budget"] ?? 15
    let found = try find(runs: runs, seed: seed, budget: budget)
    print("served within 2 % of the best tried   \(line(found))   (wanted: 95 % or more)")
    for miss in found.misses { print(miss) }
    let each = Double(max(1, found.runs))
    let seconds = (found.seconds / each * 10).rounded() / 10
    print("  a run tried \(found.tried / max(1, found.runs)) configurations in \(seconds) s")
    let claims = try claimAmongEquals(runs: runs, seed: seed, budget: budget)
    print("a win claimed among equals            \(line(claims))   (wanted: 5 % or less)")
  }

  /// Runs in which what is served is within 2 % of the best tried.
  static func find(runs: Int, seed: UInt64, budget: Double = 15) throws -> Tally {
    var tally = Tally()
    for run in 0..<UInt64(runs) {
      var generator = SeededGenerator(seed: seed &+ run)
      let outcome = try SimulatedTuning(
        seconds: times(&generator), noise: .busyHost, seed: seed &+ run, budget: budget
      ).run()
      tally.runs += 1
      tally.tried += outcome.tried
      tally.seconds += outcome.secondsUsed
      if outcome.served <= 1.02 * outcome.bestTried {
        tally.hits += 1
      } else {
        tally.misses.append(miss(outcome, seed: seed &+ run))
      }
    }
    return tally
  }

  /// Runs in which a win is claimed although all configurations are equal.
  static func claimAmongEquals(runs: Int, seed: UInt64, budget: Double = 15) throws -> Tally {
    var tally = Tally()
    for run in 0..<UInt64(runs) {
      let outcome = try SimulatedTuning(
        seconds: Array(repeating: 1e-3, count: 36), noise: .busyHost, seed: seed &+ run,
        budget: budget
      ).run()
      tally.runs += 1
      tally.tried += outcome.tried
      if outcome.claimsWin { tally.hits += 1 }
    }
    return tally
  }

  /// 16 to 64 configurations of 0.2 to 1.7 ms, uniform from 70 % to 170 % of the space's own scale; the default is one of the slower half.
  static func times(_ generator: inout SeededGenerator) -> [Double] {
    let scale = exp(-1.6 * generator.unit()) * 1e-3
    var times = (0..<(16 + generator.below(49))).map { _ in scale * (0.7 + generator.unit()) }
    times[0] = scale * (1.1 + 0.5 * generator.unit())
    return times
  }

  private static func miss(_ outcome: SimulatedTuning.Outcome, seed: UInt64) -> String {
    let excess = ((outcome.served / outcome.bestTried - 1) * 1000).rounded() / 10
    let place =
      outcome.bestWasFinalist
      ? "was a finalist" : "was not among the \(outcome.finalists) finalists"
    return "  seed \(seed): \(excess) % slower than the best, which \(place) (\(outcome.screening))"
  }

  private static func line(_ tally: Tally) -> String {
    let interval = tally.interval
    func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
    return
      "\(tally.hits) of \(tally.runs) = \(percent(tally.share)) (95 %: \(percent(interval.low)) … \(percent(interval.high)))"
  }
}
