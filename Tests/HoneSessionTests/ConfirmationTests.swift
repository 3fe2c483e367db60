// ConfirmationTests.swift: a claimed win must be shown again, a small one twice, at the end of the session.

import Hone
import HoneCore
import HoneTesting
import Synchronization
import Testing

@Suite("Claims are shown again")
struct ConfirmationTests {
  /// How many finals have begun.
  private final class Finals: Sendable {
    private let count = Mutex(0)
    var begun: Int { count.withLock { $0 } }
    func watch(_ progress: TuningProgress) {
      if case .final = progress.step { count.withLock { $0 += 1 } }
    }
  }

  private func tune(lucky: @escaping @Sendable (Int) -> Double) throws -> (
    SessionBench, TuningSummary.Served?
  ) {
    let finals = Finals()
    let bench = try SessionBench(variants: [
      .init("usual") { _ in 1e-3 }, .init("lucky") { _ in lucky(finals.begun) },
    ])
    let session = try bench.session(progress: finals.watch)
    return (bench, try session.run().first?.served)
  }

  @Test("a win that is shown once and not again is not served, and the record says so")
  func notShownAgain() throws {
    let (bench, served) = try tune { $0 < 2 ? 8e-4 : 1e-3 }
    #expect(served?.configuration == "simulated usual")
    #expect(served?.isDefault == true)
    let finals = try bench.records().filter(\.served)
    #expect(finals.map(\.configuration.variant) == ["lucky", "usual"])
    #expect(
      finals.last?.detail.hasSuffix("simulated lucky was once 25 % faster, and not again") == true)
    let best = try #require(try bench.database()[bench.hardwareClass]?.best)
    #expect(best.map(\.configuration.variant) == ["usual"])
  }

  @Test("a win that is shown twice is served with what the second final saw")
  func shownTwice() throws {
    let (bench, served) = try tune { $0 < 2 ? 8e-4 : 5e-4 }
    #expect(served?.configuration == "simulated lucky")
    #expect(abs((served?.speedup ?? 0) - 2) < 0.05)
    let last = try #require(try bench.records().last(where: \.served))
    #expect(last.detail == "shown again, 25 % faster the time before")
  }

  @Test("a win that only one of several blocks shows is not served")
  func oneBlock() throws {
    let (bench, served) = try tune { $0 < 3 ? 9e-4 : 1e-3 }
    #expect(served?.isDefault == true)
    #expect(
      try bench.records().filter(\.served).map(\.configuration.variant) == ["lucky", "usual"])
  }

  @Test("a win that is no larger than what two finals differ by is not served")
  func doubtful() throws {
    let (_, served) = try tune { $0 < 2 ? 9.2e-4 : 9.85e-4 }
    #expect(served?.isDefault == true)
  }

  @Test("a win of less than a percent is none")
  func tiny() throws {
    let (_, served) = try tune { _ in 9.93e-4 }
    #expect(served?.isDefault == true)
  }

  @Test("where nothing is faster there is nothing to confirm")
  func nothingClaimed() throws {
    let (bench, served) = try tune { _ in 1.1e-3 }
    #expect(served?.isDefault == true)
    #expect(try bench.records().count(where: \.served) == 1)
  }
}
