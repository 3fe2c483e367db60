// UpcomingWeights.swift: asks for the weights that come next while those that are here are multiplied.
//
// A block of weights is multiplied by groups of rows, one after the other. If the first group waited for its weights and the others did not,
// memory would stand still most of the time; and multiply-adds that wait for weights fill the scheduler, so that few loads are
// ahead. So each group asks for its share of the next block, evenly: arithmetic and memory work at the same time.

import CIntrinsics

/// Weights that are needed next: two runs of bytes, of which a loop asks for a line or two in each of its steps. Two, because the
/// hardware goes on where it sees a stream.
struct UpcomingWeights {
  private var near: UnsafePointer<Float>
  /// From there to the second run, and to what the next step asks for, in floats.
  private var between: Int
  private var step: Int

  /// Groups of rows that share the asking; later ones ask for what is there already.
  private static var askers: Int { 8 }

  /// Nothing is asked for.
  init(_ nowhere: UnsafeRawPointer) {
    (near, between, step) = (nowhere.assumingMemoryBound(to: Float.self), 0, 0)
  }

  var isAsking: Bool { step != 0 }

  /// The share of a group of rows.
  /// - Parameters:
  ///   - steps: how often `ask` is called.
  init(_ next: UnsafeRawPointer, bytes: Int, steps: Int, group: Int, of groups: Int) {
    let parts = min(groups, UpcomingWeights.askers)
    between = bytes / MemoryLayout<Float>.size / (2 * parts)
    near = next.assumingMemoryBound(to: Float.self) + min(group, parts) * 2 * between
    // Rounded up: what is left at the end of a run would be waited for.
    step = group < parts ? (between + steps - 1) / max(1, steps) : 0
  }

  /// What one tile for all rows will read soon: its own panel, so many bytes ahead, four lines a step.
  init(ahead: Int, in panel: UnsafeRawPointer, bytes: Int, steps: Int) {
    near = (panel + ahead).assumingMemoryBound(to: Float.self)
    (between, step) = (32, bytes / MemoryLayout<Float>.size / max(1, steps))
  }

  /// Two lines. The compiler may not step a pointer of its own for each run: it would run out of registers.
  @inline(__always)
  mutating func ask() {
    near = CIntrinsics_anyAddress(near)
    CIntrinsics_prefetchL2(near)
    CIntrinsics_prefetchL2(near + between)
    near += step
  }

  /// For steps that may read four lines.
  @inline(__always)
  mutating func askFour() {
    CIntrinsics_prefetchL2(near)
    CIntrinsics_prefetchL2(near + 16)
    CIntrinsics_prefetchL2(near + between)
    CIntrinsics_prefetchL2(near + (between + 16))
    near += step
  }
}
