// RoundedPairs.swift: A rounded to bfloat16, rows one after the other, alpha multiplied in before; zeros behind k.

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
    func fill(_ source: ActivationSource, m: Int, _ team: hone_kernel_team) {
      for i in share(of: m, unit: 1, index: Int(team.index), count: Int(team.count)) {
        let row = bytes + i * rowBytes
        source.eachVector(i, depth: rowBytes / 2) { p, v, _ in
          CIntrinsics_storeBF16(row + 2 * p, v)
        }
      }
    }
  }
#endif
