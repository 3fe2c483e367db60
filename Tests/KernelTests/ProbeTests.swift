// ProbeTests.swift: the machine-limit probes do the work that they report, all of it and nothing outside their buffer.

import CHoneKernel
import HoneBackends
import Testing

@Suite("Probes")
struct ProbeTests {
  static func rows(_ algorithm: String) -> [RowCase] {
    KernelLibraries.rows("probe").filter { $0.row.algorithm == algorithm }
  }

  /// What a run of a probe answered: its code, and sink and done of each thread.
  struct Answer {
    var code: Int32
    var sinks: [Float]
    var done: [Double]
  }

  static func run(
    _ row: KernelRow, _ buffer: GuardedBuffer<UInt8>?, iterations: Int = 1, indices: [Int32] = [],
    rowBytes: Int = 0, parameters: [Int64]? = nil, threads: Int = 1
  ) -> Answer {
    var sinks = [Float](repeating: -1, count: threads)
    var done = [Double](repeating: -1, count: threads)
    let code = indices.withUnsafeBufferPointer { indices in
      sinks.withUnsafeMutableBufferPointer { sinks in
        done.withUnsafeMutableBufferPointer { done in
          var problem = hone_probe(
            struct_size: UInt64(MemoryLayout<hone_probe>.size), buffer: buffer?.base,
            bytes: Int64(buffer?.count ?? 0), iterations: Int64(iterations),
            indices: indices.baseAddress, count: Int64(indices.count),
            row_bytes: Int64(rowBytes), sink: sinks.baseAddress, done: done.baseAddress)
          return TestTeam.run(
            row, &problem, parameters ?? row.defaults, workspace: nil, threads: threads)
        }
      }
    }
    return Answer(code: code, sinks: sinks, done: done)
  }

  @Test("every library has peak, read and gather")
  func probesExist() {
    for library in KernelLibraries.runnable {
      let names = library.rows.filter { $0.operation == "probe" }.map(\.algorithm)
      #expect(Set(names).isSuperset(of: ["peak", "read", "gather"]))
    }
  }

  @Test("peaks are there in every precision that a build has instructions for")
  func precisions() {
    for library in KernelLibraries.runnable {
      let types = library.rows.filter { $0.operation == "probe" && $0.algorithm == "peak" }
        .map(\.types)
      let extra: Set = library.instructionSet.contains("bf16") ? ["bf16"] : []
      #expect(Set(types) == Set(["f32", "f64", "u8s8"]).union(extra), "\(library.instructionSet)")
    }
  }

  @Test("peak counts a multiple of its iterations and stays finite", arguments: rows("peak"))
  func peak(_ each: RowCase) {
    let once = Self.run(each.row, nil, iterations: 1)
    let often = Self.run(each.row, nil, iterations: 10_000, threads: 2)
    #expect(once.code == 0 && once.done[0] > 0)
    #expect(often.done == [once.done[0] * 10_000, once.done[0] * 10_000])
    #expect(often.sinks.allSatisfy { $0.isFinite && $0 > 0 })
    // The chains really ran: they have moved on from where one iteration leaves them.
    #expect(often.sinks[0] != once.sinks[0])
  }

  @Test(
    "read reads every whole step of its buffer once, by one of its threads", arguments: rows("read")
  )
  func read(_ each: RowCase) {
    let buffer = GuardedBuffer<UInt8>(count: 8192 + 100)
    for threads in 1...3 {
      let before = Self.run(each.row, buffer, threads: threads)
      #expect(before.code == 0)
      #expect(before.done.reduce(0, +) == 8192)
      for at in [0, 63, 1000, 4095, 4096, 8191] {
        buffer.base[at] ^= 4
        let after = Self.run(each.row, buffer, threads: threads)
        let changed = zip(before.sinks, after.sinks).count { $0 != $1 }
        #expect(changed == 1, "byte \(at), \(threads) threads")
        buffer.base[at] ^= 4
      }
    }
  }

  @Test("read in several streams reads the same bytes", arguments: rows("read"))
  func readStreams(_ each: RowCase) {
    let buffer = GuardedBuffer<UInt8>(count: 8192)
    for streams in [1, 2, 4] as [Int64] {
      func run() -> Answer { Self.run(each.row, buffer, parameters: [streams]) }
      let before = run()
      #expect(before.done == [8192])
      for at in [0, 63, 1000, 2047, 2048, 4096, 6200, 8191] {
        buffer.base[at] ^= 4
        #expect(run().sinks != before.sinks, "byte \(at), \(streams) streams")
        buffer.base[at] ^= 4
      }
    }
    #expect(Self.run(each.row, buffer, parameters: [0]).code == HONE_KERNEL_BAD_ARGUMENT)
  }

  @Test("read of nothing reads nothing", arguments: rows("read"))
  func readNothing(_ each: RowCase) {
    #expect(Self.run(each.row, nil).done == [0])
    #expect(Self.run(each.row, GuardedBuffer(count: 100), iterations: 0).done == [0])
  }

  @Test("gather reads the rows asked for, whatever it prefetches", arguments: rows("gather"))
  func gather(_ each: RowCase) {
    let rowBytes = 52
    let buffer = GuardedBuffer<UInt8>(count: 40 * rowBytes)
    let indices: [Int32] = [39, 0, 7, 7, 12, 39, 3]
    for (distance, level) in [(0, 1), (1, 2), (8, 1), (64, 2)] as [(Int64, Int64)] {
      func run(_ threads: Int = 1) -> Answer {
        Self.run(
          each.row, buffer, indices: indices, rowBytes: rowBytes,
          parameters: [distance, level], threads: threads)
      }
      let before = run()
      #expect(before.code == 0 && before.done == [Double(7 * rowBytes)])
      #expect(run(3).done.reduce(0, +) == Double(7 * rowBytes))
      buffer.base[12 * rowBytes + 51] ^= 4
      #expect(run().sinks != before.sinks)
      buffer.base[12 * rowBytes + 51] ^= 4
      buffer.base[13 * rowBytes] ^= 4
      #expect(run().sinks == before.sinks)
      buffer.base[13 * rowBytes] ^= 4
    }
  }

  @Test("a prefetch level that there is not is refused", arguments: rows("gather"))
  func badLevel(_ each: RowCase) {
    let buffer = GuardedBuffer<UInt8>(count: 64)
    let answer = Self.run(each.row, buffer, indices: [0], rowBytes: 64, parameters: [8, 3])
    #expect(answer.code == HONE_KERNEL_BAD_ARGUMENT)
  }

  @Test("a negative size is no problem to run", arguments: KernelLibraries.rows("probe"))
  func badArguments(_ each: RowCase) {
    #expect(Self.run(each.row, nil, iterations: -1).code == HONE_KERNEL_BAD_ARGUMENT)
  }
}
