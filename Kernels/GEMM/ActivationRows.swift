// ActivationRows.swift: A as the weight kernels read it: rows of floats one after the other, alpha multiplied in, zeros behind k.

import CHoneKernel

/// m rows of `depth` floats in the workspace. The threads of a team copy it together, then meet.
struct ActivationRows {
  var base: UnsafeMutablePointer<Float>
  /// Floats from row to row.
  var depth: Int

  static func floats(m: Int, depth: Int) -> Int { roundUp(m * depth, 16) }

  /// This thread's rows.
  func fill(_ source: ActivationSource, m: Int, _ team: hone_kernel_team) {
    for i in share(of: m, unit: 1, index: Int(team.index), count: Int(team.count)) {
      source.copyRow(i, to: base + i * depth, depth: depth)
    }
  }
}

extension ActivationSource {
  /// Row i times alpha as floats, then zeros up to `depth`.
  func copyRow(_ i: Int, to row: UnsafeMutablePointer<Float>, depth: Int) {
    eachVector(i, depth: depth) { p, v, count in
      if count == lanes {
        storeVector(v, row + p)
      } else {
        storePartial(v, row + p, laneMask(count))
      }
    }
  }
}
