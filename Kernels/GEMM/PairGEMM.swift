// PairGEMM.swift: GEMM by pairs of bfloat16: constant weights, A rounded to bfloat16 on the way in (HONE_COMPUTE_BF16).
//
// Idea: the CPU multiplies and adds two pairs where it does one float. A is rounded once, together (RoundedPairs.swift); then each
// thread takes panels of B (PairTile.swift). Layout: WeightPanels.swift.
// Depth is cut into blocks of kc: a block of a panel stays in L2 and a block of six rows in L1 while they meet.
// Sums are floats, in one order whatever the number of threads. The instruction takes subnormal numbers for zero.
// Cost: the bytes of B once, or m n k / 2 instructions of two products a lane.

#if HONE_BF16
  import CHoneKernel

  enum PairGEMM {
    static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
      let verdict = weightsVerdict(problem)
      guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
        return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
      }
      guard (32...(1 << 16)).contains(parameters[0]), (0...(1 << 16)).contains(parameters[1]) else {
        return Int32(HONE_KERNEL_BAD_ARGUMENT)
      }
      let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
      return Int32(p.compute == HONE_COMPUTE_BF16 ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
    }

    static func workspace(
      _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
    ) -> Int64 {
      guard check(problem, parameters) == HONE_KERNEL_OK, let problem else { return 0 }
      let call = GEMMCall(problem)
      if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
      let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
      let rows = RoundedPairs.byteCount(m: call.m, WeightLayout(p, BF16Pairs.self))
      return Int64(rows + Int(threads) * tileBytes)
    }

    /// A tile for the edge of C, a thread.
    private static var tileBytes: Int { 6 * panelColumns * MemoryLayout<Float>.size }

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
      rows.fill(start.call, start.team)
      start.meet()
      let tiles = workspace + RoundedPairs.byteCount(m: start.call.m, layout)
      let tile = (tiles + start.index * tileBytes).assumingMemoryBound(to: Float.self)
      let kc = Int(start.parameters[0]) / BF16Pairs.unit
      for panel in share(of: layout.panels, unit: 1, index: start.index, count: start.count) {
        let stream = WeightStream(
          panel: packed + panel * layout.panelBytes, layout: layout,
          prefetch: Int(start.parameters[1]))
        let units = layout.groupSteps / BF16Pairs.unit
        var first = 0
        while first < units {
          let end = min(first + kc, units)
          block(start.call, rows, stream, first..<end, panel * panelColumns, tile)
          first = end
        }
      }
      return Int32(HONE_KERNEL_OK)
    }

    /// All rows against one block of a panel; a panel that C cuts goes by way of the tile.
    private static func block(
      _ call: GEMMCall, _ rows: RoundedPairs, _ stream: WeightStream, _ units: Range<Int>,
      _ first: Int, _ tile: UnsafeMutablePointer<Float>
    ) {
      let width = min(panelColumns, call.n - first)
      let beta = units.lowerBound == 0 ? call.beta : 1
      var i = 0
      while i < call.m {
        let count = min(6, call.m - i)
        let x = UnsafeRawPointer(rows.bytes + i * rows.rowBytes)
        let c = call.c + (i * call.ldc + first)
        if width == panelColumns {
          let target = TileTarget(c: c, ldc: call.ldc, alpha: 1, beta: beta)
          pairTile(count, x, rows.rowBytes, stream, units, target)
        } else {
          let whole = TileTarget(c: tile, ldc: panelColumns, alpha: 1, beta: 0)
          pairTile(count, x, rows.rowBytes, stream, units, whole)
          copyTile(
            tile, stride: panelColumns, rows: count, columns: width, to: c, rowStride: call.ldc,
            columnStride: 1, beta: beta)
        }
        i += count
      }
    }
  }
#endif
