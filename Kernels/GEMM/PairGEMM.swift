// PairGEMM.swift: GEMM by pairs of bfloat16: constant weights, A rounded to bfloat16 on the way in (HONE_COMPUTE_BF16).
//
// Idea: the CPU multiplies and adds two pairs where it does one float. A is rounded once, together (RoundedPairs.swift); then each
// thread takes panels of B (PairTile.swift). Layout: WeightPanels.swift.
// Depth is cut into blocks of kc: a block of a panel stays in L2 and a block of six rows in L1 while they meet.
// Sums are floats, in one order whatever the number of threads. The instruction takes subnormal numbers for zero.
// Cost: the bytes of B once, or m n k / 2 instructions of two products a lane.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  enum PairGEMM {
    static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
      let able = verdict(problem, parameters)
      guard able == HONE_KERNEL_OK, let problem else { return able }
      // Few rows wait for memory; more of them for the multiplier, of which floats may have the faster one.
      let pays = GEMMCall(problem).m <= 8 || CIntrinsics_pairsAreFast() != 0
      return Int32(pays ? HONE_KERNEL_OK : HONE_KERNEL_UNPROFITABLE)
    }

    /// Can it be computed here at all?
    private static func verdict(
      _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
    ) -> Int32 {
      let verdict = weightsVerdict(problem)
      guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
        return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
      }
      guard (32...(1 << 16)).contains(parameters[0]), (0...(1 << 16)).contains(parameters[1]) else {
        return Int32(HONE_KERNEL_BAD_ARGUMENT)
      }
      let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
      // alpha is multiplied into A: nothing is rounded where it is a power of two (or 0).
      let isExact = p.a_type == HONE_TYPE_BF16 && p.alpha.bitPattern & 0xF_FFFF_FFFF_FFFF == 0
      let isPairs = p.compute == HONE_COMPUTE_BF16 || isExact
      return Int32(isPairs ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
    }

    static func workspace(
      _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
    ) -> Int64 {
      guard verdict(problem, parameters) == HONE_KERNEL_OK, let problem else { return 0 }
      let call = GEMMCall(problem)
      if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
      let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
      let rows = RoundedPairs.byteCount(m: call.m, WeightLayout(p, BF16Pairs.self))
      return Int64(rows + Int(threads) * PanelOutput.stripBytes(p))
    }

    static func run(
      _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
      _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
    ) -> Int32 {
      var answer: Int32 = 0
      let able = check(problem, parameters)
      guard let start = GEMMRun.begin(problem, parameters, team, check: able, &answer) else {
        return answer
      }
      guard let workspace, start.problem.packed_b == 1, let packed = start.problem.b else {
        return Int32(HONE_KERNEL_BAD_ARGUMENT)
      }
      let layout = WeightLayout(start.problem, BF16Pairs.self)
      let rows = RoundedPairs(layout, in: workspace)
      rows.fill(ActivationSource(start.call, start.problem), m: start.call.m, start.team)
      start.meet()
      let strips = workspace + RoundedPairs.byteCount(m: start.call.m, layout)
      let kc = max(1, Int(start.parameters[0]) / BF16Pairs.unit)
      for panel in share(of: layout.panels, unit: 1, index: start.index, count: start.count) {
        let stream = WeightStream(
          packed + panel * layout.panelBytes, layout,
          prefetch: Int(start.parameters[1]))
        let output = PanelOutput(start, strips: strips, panel: panel)
        output.begin()
        let units = layout.groupSteps / BF16Pairs.unit
        var first = 0
        while first < units {
          let end = min(first + kc, units)
          block(output, rows, stream, first..<end)
          first = end
        }
        output.end()
      }
      return Int32(HONE_KERNEL_OK)
    }

    /// All rows against one block of a panel.
    private static func block(
      _ output: PanelOutput, _ rows: RoundedPairs, _ stream: WeightStream, _ units: Range<Int>
    ) {
      let beta = units.lowerBound == 0 ? output.call.beta : 1
      let m = output.call.m
      let groups = (m + 5) / 6
      for group in 0..<groups {
        let part = share(of: m, unit: 1, index: group, count: groups)
        let x = UnsafeRawPointer(rows.bytes + part.lowerBound * rows.rowBytes)
        let target = TileTarget(
          c: output.row(part.lowerBound), ldc: output.ld, alpha: 1, beta: beta)
        pairTile(
          part.count, x, rows.rowBytes, stream.evenly(group, of: groups, units), units, target)
      }
    }
  }
#endif
