// SpinningThreadsTests.swift: a thread that spins is seen, and is waited for no longer than told.

import Foundation
import Synchronization
import Testing

@testable import HoneBackends

@Suite("Threads that spin")
struct SpinningThreadsTests {
  /// Spins until it is let go.
  private final class Spinner: Sendable {
    let stops = Atomic(false)

    init() {
      Thread.detachNewThread { [self] in
        while !stops.load(ordering: .relaxed) {}
      }
    }
  }

  @Test("one that never sleeps is waited for as long as told, and no longer than that and a bit")
  func limit() {
    let spinner = Spinner()
    defer { spinner.stops.store(true, ordering: .relaxed) }
    let clock = ContinuousClock()
    let waited = clock.measure { SpinningThreads.awaitSleep(microseconds: 30_000) }
    #expect(waited >= .milliseconds(30))
  }
}
