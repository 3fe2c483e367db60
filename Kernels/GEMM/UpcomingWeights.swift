// UpcomingWeights.swift: asks for the weights that come next while those that are here are multiplied.
//
// A block of weights is multiplied by groups of rows, one after the other. If the first group waited for its weights and the others did not,
// memory would stand still most of the time; and multiply-adds that wait for weights fill the scheduler, so that few loads are
// ahead. So each group asks for its share of the next block, evenly: arithmetic and memory work at the same time.

import CIntrinsics

/// Weights that are needed next: two runs of bytes, which a loop asks for a little of in each of its steps.
struct UpcomingWeights {
  private var near: UnsafeRawPointer
  private var far: UnsafeRawPointer
  private var step: Int

  /// Groups of rows that share the asking, no more.
  private static var askers: Int { 8 }

  /// Nothing is asked for.
  init(_ nowhere: UnsafeRawPointer) { (near, far, step) = (nowhere, nowhere, 0) }

  /// The share of a group of rows.
  /// - Parameters:
  ///   - steps: how often `ask` is called.
  init(_ next: UnsafeRawPointer, bytes: Int, steps: Int, group: Int, of groups: Int) {
    let parts = min(groups, UpcomingWeights.askers)
    let half = bytes / (2 * parts)
    near = next + min(group, parts) * 2 * half
    far = near + half
    step = group < parts ? half / max(1, steps) : 0
  }

  @inline(__always)
  mutating func ask() {
    if step == 0 { return }
    CIntrinsics_prefetchL2(near)
    CIntrinsics_prefetchL2(far)
    near += step
    far += step
  }
}
