// UpcomingWeights.swift: asks for the weights that come next while those that are here are multiplied.
//
// A block of weights is multiplied by groups of rows, one after the other. If the first group waited for its weights and the others did not,
// memory would stand still most of the time; and multiply-adds that wait for weights fill the scheduler, so that few loads are
// ahead. So each group asks for its share of the next block, evenly: arithmetic and memory work at the same time.

import CIntrinsics

/// Weights that are needed next: a run of bytes, of which a loop asks for up to two cache lines in each of its steps.
struct UpcomingWeights {
  private var place: UnsafePointer<Float>
  /// In floats.
  private var step: Int

  /// Groups of rows that share the asking; later ones ask for what is there already.
  private static var askers: Int { 8 }

  /// Nothing is asked for.
  init(_ nowhere: UnsafeRawPointer) {
    (place, step) = (nowhere.assumingMemoryBound(to: Float.self), 0)
  }

  var isAsking: Bool { step != 0 }

  /// The share of a group of rows.
  /// - Parameters:
  ///   - steps: how often `ask` is called.
  init(_ next: UnsafeRawPointer, bytes: Int, steps: Int, group: Int, of groups: Int) {
    let parts = min(groups, UpcomingWeights.askers)
    let share = bytes / MemoryLayout<Float>.size / parts
    place = next.assumingMemoryBound(to: Float.self) + min(group, parts) * share
    step = group < parts ? share / max(1, steps) : 0
  }

  /// What one tile for all rows will read soon: its own panel, so many bytes ahead.
  init(ahead: Int, in panel: UnsafeRawPointer, bytes: Int, steps: Int) {
    place = (panel + ahead).assumingMemoryBound(to: Float.self)
    step = bytes / MemoryLayout<Float>.size / max(1, steps)
  }

  /// Keeps the place in one register in a loop that asks.
  @inline(__always)
  mutating func hold() { place = CIntrinsics_anyAddress(place) }

  @inline(__always)
  mutating func ask() {
    CIntrinsics_prefetchL2(place)
    CIntrinsics_prefetchL2(place + 16)
    place += step
  }

  /// For steps that may read four lines.
  @inline(__always)
  mutating func askFour() {
    CIntrinsics_prefetchL1(place)
    CIntrinsics_prefetchL1(place + 16)
    CIntrinsics_prefetchL1(place + 32)
    CIntrinsics_prefetchL1(place + 48)
    place += step
  }
}
