// RoundedPairs.swift: A rounded to bfloat16, rows one after the other, alpha multiplied in before, zeros behind k.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  struct RoundedPairs {
    var bytes: UnsafeMutableRawPointer
    var rowBytes: Int

    init(_ layout: WeightLayout, in workspace: UnsafeMutableRawPointer) {
      bytes = workspace
      rowBytes = RoundedPairs.rowBytes(layout)
    }

    /// Whole vectors, so that none is cut.
    private static func rowBytes(_ layout: WeightLayout) -> Int { 2 * roundUp(layout.depth, lanes) }

    static func byteCount(m: Int, _ layout: WeightLayout) -> Int {
      roundUp(m * rowBytes(layout), 64)
    }

    /// This thread's rows.
    func fill(_ call: GEMMCall, _ team: hone_kernel_team) {
      for i in share(of: call.m, unit: 1, index: Int(team.index), count: Int(team.count)) {
        let row = bytes + i * rowBytes
        var p = 0
        while 2 * p < rowBytes {
          CIntrinsics_storeBF16(row + 2 * p, call.vector(i, p) * call.alpha)
          p += lanes
        }
      }
    }
  }

  extension GEMMCall {
    /// A's elements (i, p), (i, p + 1) … ; zeros behind k.
    @inline(__always)
    fileprivate func vector(_ i: Int, _ p: Int) -> FloatVector {
      let count = max(0, min(lanes, k - p))
      let source = a.address(i, p)
      if a.column == 1 { return loadPartial(source, laneMask(count)) }
      var result = FloatVector(repeating: 0)
      for lane in 0..<count { result[lane] = source[lane * a.column] }
      return result
    }
  }
#endif
