// Duel+Stretch.swift: longer samples where getting ready between them would take most of the time.

extension Duel {
  /// Seconds of getting ready so far.
  var pauseSeconds: Double { tracks.reduce(0) { $0 + $1.sampler.pauseSeconds } }

  /// The round after which the cost of getting ready is known.
  static let stretchRound = 3
  /// Getting ready may take this share of the time inside targets.
  private static let pauseShare = 0.1
  /// That many rounds must still fit the budget: few long samples pair worse than many short ones.
  private static let roundsWanted = 40.0

  /// Another library's threads spin for up to 30 ms after a call, and nothing can be measured meanwhile. With samples of 0.1 ms a
  /// duel against it would consist of waiting; so samples grow until waiting is a tenth, as far as the budget goes.
  mutating func stretch(since start: UInt64) {
    let pause = (pauseSeconds - warmUpPause) / Double(Self.stretchRound)
    let busy = tracks.reduce(0) { $0 + ($1.samples.last ?? 0) * Double($1.sampler.batch) }
    guard busy > 0, pause > Self.pauseShare * busy else { return }
    let left = options.seconds - instruments.clock.seconds(since: start)
    let affordable = (left / Self.roundsWanted - pause) / busy
    let factor = min(pause / (Self.pauseShare * busy), affordable)
    for index in tracks.indices { tracks[index].stretch(by: factor) }
  }
}
