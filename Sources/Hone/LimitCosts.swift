// LimitCosts.swift: what measuring the machine's limits takes, so that it fits into what is left of a budget.

/// Seconds by probe, as a session learns them; before that, rough estimates from bytes.
struct LimitCosts {
  /// Seconds to make a byte of memory that was never used, on a guest whose pages its host has to find.
  private static let secondsPerNewByte = 1e-9
  /// Seconds to read a byte of it, and how often a probe reads all of it: looks at each way, warm-ups, samples.
  private static let secondsPerByte = 0.1e-9
  private static let passes = 20.0

  private var perNewByte: Double?
  private var seconds: [String: Double] = [:]

  /// Seconds to make so many bytes of memory.
  func making(_ bytes: Int) -> Double {
    Double(bytes) * (perNewByte ?? Self.secondsPerNewByte)
  }

  /// Seconds to run a probe, which reads so many bytes in one sample.
  func running(_ probe: String, bytes: Int) -> Double {
    seconds[probe] ?? Self.passes * Self.secondsPerByte * Double(bytes)
  }

  mutating func learn(making bytes: Int, took seconds: Double) {
    perNewByte = seconds / Double(max(1, bytes))
  }

  mutating func learn(running probe: String, took seconds: Double) {
    self.seconds[probe] = seconds
  }
}
