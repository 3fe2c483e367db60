// Deadline.swift: an instant on a measurement clock, and how far it is away.

internal import HoneMeasure

struct Deadline {
  private let clock: any MeasurementClock
  private let start: UInt64
  let seconds: Double

  init(in seconds: Double, clock: any MeasurementClock) {
    self.clock = clock
    self.seconds = seconds
    start = clock.now()
  }

  var secondsLeft: Double { seconds - clock.seconds(since: start) }
  var secondsUsed: Double { clock.seconds(since: start) }
}
