// ActivationRows.swift: A as the weight kernels read it: rows of floats one after the other, alpha multiplied in, zeros behind k.

import CHoneKernel

/// m rows of `depth` floats in the workspace. The threads of a team copy it together, then meet.
struct ActivationRows {
  var base: UnsafeMutablePointer<Float>
  /// Floats from row to row.
  var depth: Int

  static func floats(m: Int, depth: Int) -> Int { roundUp(m * depth, 16) }

  /// This thread's rows.
  func fill(_ call: GEMMCall, _ team: hone_kernel_team) {
    for i in share(of: call.m, unit: 1, index: Int(team.index), count: Int(team.count)) {
      call.copyRow(i, to: base + i * depth, depth: depth)
    }
  }
}

extension GEMMCall {
  /// Row i of A times alpha, then zeros up to `depth`.
  func copyRow(_ i: Int, to row: UnsafeMutablePointer<Float>, depth: Int) {
    let source = a.address(i, 0)
    var p = 0
    if a.column == 1 {
      while p + lanes <= k {
        storeVector(loadVector(source + p) * alpha, row + p)
        p += lanes
      }
    }
    while p < k {
      row[p] = source[p * a.column] * alpha
      p += 1
    }
    while p < depth {
      row[p] = 0
      p += 1
    }
  }
}
