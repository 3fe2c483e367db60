// EmbeddingBagFixtures.swift: filled buffers, the poison of outputs and runs with a fenced workspace.

import HoneBackends
import HoneCore

/// A float that no kernel computes: outputs are filled with it, so that an element nobody wrote is seen, and a kernel
/// that reads its output gives NaN.
let poison = Float(bitPattern: 0x7FBA_DBAD)

/// A guarded buffer that starts with given elements.
final class FilledBuffer<Element> {
  private let buffer: GuardedBuffer<Element>
  var base: UnsafeMutablePointer<Element> { buffer.base }
  var count: Int { buffer.count }

  init(_ count: Int, fill: (Int) -> Element) {
    buffer = GuardedBuffer(count: count)
    for i in 0..<count { (buffer.base + i).initialize(to: fill(i)) }
  }
}

extension SeededGenerator {
  mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}

extension KernelRow {
  /// Runs on `threads` threads with a workspace that is poisoned and ends at a guard page.
  func runTogether(_ problem: UnsafeRawPointer, _ parameters: [Int64], threads: Int) -> Int32 {
    let bytes = (workspaceBytes(problem, parameters, threads: threads) + 63) / 64 * 64
    let workspace = FilledBuffer<Float>(bytes / 4) { _ in poison }
    let address = bytes == 0 ? nil : UnsafeMutableRawPointer(workspace.base)
    return TestTeam.run(self, problem, parameters, workspace: address, threads: threads)
  }
}
