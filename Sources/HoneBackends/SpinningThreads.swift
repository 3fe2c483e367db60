// SpinningThreads.swift: lets the idle threads of one library fall asleep before another library is measured.

internal import CPlatform
internal import Glibc
internal import Synchronization

/// Threads that have finished a call keep looking for the next one for a while, and would take processor time from whoever is
/// measured next: OpenBLAS's for 2²⁶ cycles and more unless told otherwise, Hone's for some hundred microseconds.
enum SpinningThreads {
  private static let last = Mutex<(owner: String, lingerMicroseconds: UInt32)>(("", 0))

  /// Called by a plan that is about to be measured: waits while another owner's threads still spin.
  /// - Parameter lingerMicroseconds: how long this plan's own threads may spin after a call; 0 for a single thread.
  static func take(_ owner: String, lingerMicroseconds: UInt32) {
    let pause = last.withLock { last in
      let pause = last.owner == owner ? 0 : last.lingerMicroseconds
      // Another plan of the same owner may have left its threads spinning.
      let lingering =
        last.owner == owner ? max(last.lingerMicroseconds, lingerMicroseconds) : lingerMicroseconds
      last = (owner, lingering)
      return pause
    }
    if pause > 0 { awaitSleep(microseconds: pause) }
  }

  /// How often is looked, in microseconds.
  private static let step: UInt32 = 200

  /// Returns when no other thread of the process runs; after `microseconds` at the latest, since a neighbour of Hone's own never sleeps.
  static func awaitSleep(microseconds: UInt32) {
    var waited: UInt32 = 0
    while waited < microseconds {
      usleep(min(step, microseconds - waited))
      waited += step
      if CPlatform_othersRun() == 0 { return }
    }
  }
}
