// TestTeam.swift: the smallest team of threads that meets the contract of hone_kernel_team, for the kernel tests.

import CHoneKernel
import Glibc

@testable import HoneBackends

enum TestTeam {
  /// Runs a row with `threads` threads that meet at a real barrier, and returns the first answer that is not 0.
  /// - Parameter lateMicroseconds: how much later than the others the last thread leaves each meeting: a thread that goes on
  ///   without waiting for it must not get away with that.
  static func run(
    _ row: KernelRow, _ arguments: UnsafeRawPointer, _ parameters: [Int64],
    workspace: UnsafeMutableRawPointer?, threads: Int, lateMicroseconds: UInt32 = 0
  ) -> Int32 {
    guard threads > 1 else { return row.runAlone(arguments, parameters, workspace: workspace) }
    let shared = Shared(row, arguments, parameters, workspace, threads)
    shared.lateMicroseconds = lateMicroseconds
    var handles = [pthread_t](repeating: 0, count: threads)
    for index in 0..<threads {
      let member = Unmanaged.passRetained(Member(shared: shared, index: index)).toOpaque()
      pthread_create(
        &handles[index], nil,
        {
          let member = Unmanaged<Member>.fromOpaque($0!).takeRetainedValue()
          member.run()
          return nil
        }, member)
    }
    for handle in handles { pthread_join(handle, nil) }
    return shared.answers.first { $0 != 0 } ?? 0
  }

  private final class Shared {
    let row: KernelRow
    let arguments: UnsafeRawPointer
    let parameters: [Int64]
    let workspace: UnsafeMutableRawPointer?
    let answers: UnsafeMutableBufferPointer<Int32>
    var lateMicroseconds: UInt32 = 0
    let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)

    init(
      _ row: KernelRow, _ arguments: UnsafeRawPointer, _ parameters: [Int64],
      _ workspace: UnsafeMutableRawPointer?, _ threads: Int
    ) {
      (self.row, self.arguments, self.parameters) = (row, arguments, parameters)
      self.workspace = workspace
      answers = .allocate(capacity: threads)
      answers.initialize(repeating: -1)
      pthread_barrier_init(barrier, nil, UInt32(threads))
    }

    deinit {
      pthread_barrier_destroy(barrier)
      barrier.deallocate()
      answers.deallocate()
    }
  }

  private final class Member {
    let shared: Shared
    let index: Int

    init(shared: Shared, index: Int) {
      self.shared = shared
      self.index = index
    }

    /// What a meeting needs to know of a thread.
    struct Meeting {
      var barrier: UnsafeMutablePointer<pthread_barrier_t>
      var late: UInt32
    }

    func run() {
      let isLast = index == shared.answers.count - 1
      var meeting = Meeting(
        barrier: shared.barrier, late: isLast ? shared.lateMicroseconds : 0)
      shared.answers[index] = withUnsafeMutablePointer(to: &meeting) { meeting in
        var team = hone_kernel_team(
          index: UInt32(index), count: UInt32(shared.answers.count),
          barrier: {
            let meeting = $0!.assumingMemoryBound(to: Meeting.self).pointee
            pthread_barrier_wait(meeting.barrier)
            if meeting.late > 0 { usleep(meeting.late) }
          }, context: UnsafeMutableRawPointer(meeting))
        return shared.parameters.withUnsafeBufferPointer {
          shared.row.run(shared.arguments, $0.baseAddress, shared.workspace, &team)
        }
      }
    }
  }
}
