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
      let row = base + i * depth
      for p in 0..<call.k { row[p] = call.a.address(i, p).pointee * call.alpha }
      for p in call.k..<depth { row[p] = 0 }
    }
  }
}
