// ProgressLine.swift: what the tuner is doing, on standard error: one line that is redrawn on a terminal, a log elsewhere.

internal import Hone
internal import HoneReport

/// Redrawn at most ten times a second on a terminal; elsewhere one line when a problem is done.
final class ProgressLine {
  private let isQuiet: Bool
  private let redraws: Bool
  private var lastDrawn = ContinuousClock.now - .seconds(1)
  private var isDrawn = false

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    redraws = !isQuiet && Terminal.showsProgress
  }

  /// A line that stays.
  func note(_ text: String) {
    guard !isQuiet else { return }
    clear()
    Terminal.printError(text)
  }

  func show(_ progress: TuningProgress) {
    guard !isQuiet else { return }
    if case .done(let speedup) = progress.step { return finish(progress, speedup) }
    if case .limits = progress.step, !redraws {
      return note("measuring the limits of this machine …")
    }
    guard redraws, ContinuousClock.now - lastDrawn > .milliseconds(100) else { return }
    lastDrawn = .now
    isDrawn = true
    Terminal.drawError(line(progress))
  }

  func clear() {
    guard isDrawn else { return }
    Terminal.drawError("")
    isDrawn = false
  }

  private func finish(_ progress: TuningProgress, _ speedup: Double?) {
    let result = speedup.map {
      $0 == 1 ? "the default stays" : "\(Scaled.ratio($0)) of the default"
    }
    note("[\(progress.position)/\(progress.total)] \(progress.title): \(result ?? "no result")")
  }

  private func line(_ progress: TuningProgress) -> String {
    var parts: [String] = []
    if progress.total > 0 { parts.append("[\(progress.position)/\(progress.total)]") }
    parts += [progress.title, step(progress.step)]
    if let best = progress.bestRelativeTime {
      parts.append("best \(Scaled.ratio(1 / best)) of the default")
    }
    parts.append("\(Int(progress.secondsLeft.rounded(.up))) s left")
    return parts.filter { !$0.isEmpty }.joined(separator: " · ")
  }

  private func step(_ step: TuningProgress.Step) -> String {
    switch step {
    case .preparing: "preparing"
    case .screening(let tried, let size): "\(tried) of \(size) tried"
    case .final: "final against the default"
    case .skipped: "tuned before"
    case .limits, .done: ""
    }
  }
}
