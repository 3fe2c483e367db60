// RoundedRows.swift: A rounded to signed bytes, one scale for each row and group, with the sums that zero points need.
//
//     x[i][p] ≈ scale[i][g] * q[i][p],  q = round(x * 127 / largest),  |q| <= 127
//
// A row's group with a NaN or an infinity gets a scale of NaN: all of the row's results are NaN.

import CHoneKernel
import CIntrinsics

struct RoundedRows {
  /// m rows of `depth` bytes.
  var bytes: UnsafeMutablePointer<Int8>
  /// m rows of `groups`.
  var scales: UnsafeMutablePointer<Float>
  var sums: UnsafeMutablePointer<Int32>
  /// A in bytes: what a row's bytes mean less than their value; m of them.
  var zeros: UnsafeMutablePointer<Int32>
  /// A row of floats a thread.
  var row: UnsafeMutablePointer<Float>
  var layout: WeightLayout

  static func byteCount(m: Int, _ layout: WeightLayout, threads: Int) -> Int {
    let tables = roundUp(m * layout.groups * 4, 64)
    return roundUp(m * depth(layout), 64) + 3 * tables
      + threads * roundUp(depth(layout) * 4, 64)
  }

  /// Whole vectors, so that none is cut.
  static func depth(_ layout: WeightLayout) -> Int { roundUp(layout.depth, 16) }

  init(m: Int, _ layout: WeightLayout, in workspace: UnsafeMutableRawPointer, member: Int) {
    self.layout = layout
    let depth = RoundedRows.depth(layout)
    let tables = roundUp(m * layout.groups * 4, 64)
    var at = workspace
    bytes = at.assumingMemoryBound(to: Int8.self)
    at += roundUp(m * depth, 64)
    scales = at.assumingMemoryBound(to: Float.self)
    sums = (at + tables).assumingMemoryBound(to: Int32.self)
    zeros = (at + 2 * tables).assumingMemoryBound(to: Int32.self)
    at += 3 * tables + member * roundUp(depth * 4, 64)
    row = at.assumingMemoryBound(to: Float.self)
  }

  /// This thread's rows.
  func fill(_ source: ActivationSource, m: Int, _ team: hone_kernel_team) {
    let depth = RoundedRows.depth(layout)
    for i in share(of: m, unit: 1, index: Int(team.index), count: Int(team.count)) {
      source.copyRow(i, to: row, depth: depth)
      let target = bytes + i * depth
      for p in layout.depth..<depth { target[p] = 0 }
      for g in 0..<layout.groups {
        let first = g * layout.groupSteps
        let count = g == layout.groups - 1 ? depth - first : layout.groupSteps
        round(row + first, target + first, count, i * layout.groups + g)
      }
    }
  }

  private func round(
    _ x: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Int8>, _ count: Int, _ at: Int
  ) {
    var largest = FloatVector(repeating: 0)
    var check = FloatVector(repeating: 0)
    var p = 0
    while p + lanes <= count {
      let v = loadVector(x + p)
      check += v * 0
      largest = larger(larger(largest, v), -v)
      p += lanes
    }
    let size = largest.max()
    let isFinite = check.sum() == 0
    let factor: Float = size > 0 && isFinite ? 127 / size : 0
    scales[at] = isFinite ? size / 127 : .nan
    var sum = CIntrinsics_everyWord(0)
    p = 0
    while p + lanes <= count {
      let v = isFinite ? loadVector(x + p) * factor : FloatVector(repeating: 0)
      let words = CIntrinsics_rounded(v)
      CIntrinsics_storeBytes(target + p, words)
      sum = sum &+ words
      p += lanes
    }
    sums[at] = sum.wrappedSum()
  }
}
