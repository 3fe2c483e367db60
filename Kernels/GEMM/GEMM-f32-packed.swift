// GEMM-f32-packed.swift: the five loops around a register tile, over packed blocks of A and B: large problems.
//
// Idea: B in blocks kc x nc for the last-level cache, A in blocks mc x kc for L2, B's panels kc x nr for L1, C's tiles in
// registers; each block is packed once and read many times (Goto and van de Geijn, ACM TOMS 34(3), 2008; BLIS).
// Layout: Packing.swift. Micro-kernel: RegisterTile.swift. Cuts, thread groups and workspace: PackedPlan.swift.
// Threads: the threads of a column group pack their block of B together (two meetings a block) and share it; each packs its
// own blocks of A; or each takes a range of k alone (SplitSums.swift). Tiles cut by the edge of C are computed whole and stored in part.
// Cost: 2 m n k flops at nearly the peak, plus one copy of B and n / nc copies of A.

import CHoneKernel

enum PackedGEMM<let MR: Int, let NV: Int, let ACC: Int> {
  typealias Tile = RegisterTile<MR, NV, ACC>
  @inline(__always) static var NR: Int { NV * lanes }

  static func check(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
  ) -> Int32 {
    let verdict = floatVerdict(problem)
    guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
      return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
    }
    guard PackedParameters(parameters).isValid else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    if PackedParameters(parameters).partition == 3 && !SplitSums.isPossible(problem) {
      return Int32(HONE_KERNEL_UNSUPPORTED)
    }
    let call = GEMMCall(problem)
    // Packing touches each element of A and B once more: up to 32 rows or columns of C the direct kernels were 1.1 to 3 times faster.
    let isThin = min(call.m, call.n) <= 32 || call.k < 4
    return Int32(isThin ? HONE_KERNEL_UNPROFITABLE : HONE_KERNEL_OK)
  }

  static func workspace(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
  ) -> Int64 {
    guard gemmVerdict(problem) == HONE_KERNEL_OK, let problem, let parameters, threads > 0 else {
      return 0
    }
    let values = PackedParameters(parameters)
    guard values.isValid else { return 0 }
    let call = GEMMCall(problem)
    if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
    if values.splits(Int(threads)) {
      let each = aloneFloats(call, values) + SplitSums.floats(call)
      return Int64(Int(threads) * each * MemoryLayout<Float>.size)
    }
    let plan = PackedPlan(
      m: call.m, n: call.n, k: call.k, values, threads: Int(threads), mr: MR, nr: NR)
    return Int64(plan.workspaceFloats * MemoryLayout<Float>.size)
  }

  /// Workspace of a thread that works alone on any range of k: no block is deeper than kc.
  private static func aloneFloats(_ call: GEMMCall, _ values: PackedParameters) -> Int {
    PackedPlan(
      m: call.m, n: call.n, k: values.kc, values.alone, threads: 1, mr: MR, nr: NR
    ).workspaceFloats
  }

  /// Split-K: this thread's range of k, then its share of the additions.
  private static func split(
    _ start: GEMMRun, _ values: PackedParameters, _ workspace: UnsafeMutablePointer<Float>
  ) {
    let each = aloneFloats(start.call, values)
    let sums = SplitSums(start.call, parts: start.count, in: workspace + start.count * each)
    var part = start
    part.call = sums.part(start.index, of: start.call)
    part.team = hone_kernel_team(index: 0, count: 1, barrier: nil, context: nil)
    (part.problem.has_bias, part.problem.has_residual) = (0, 0)
    part.problem.activation = Int32(HONE_ACTIVATION_NONE)
    if part.call.k > 0 { Member(part, values.alone, workspace + start.index * each).run() }
    start.meet()
    sums.add(start.index, to: start.call, Epilogue(start.problem))
  }

  static func run(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    var answer: Int32 = 0
    let verdict = check(problem, parameters)
    guard let start = GEMMRun.begin(problem, parameters, team, check: verdict, &answer) else {
      return answer
    }
    guard let workspace else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let values = PackedParameters(start.parameters)
    let floats = workspace.assumingMemoryBound(to: Float.self)
    if values.splits(start.count) {
      split(start, values, floats)
    } else {
      Member(start, values, floats).run()
    }
    return Int32(HONE_KERNEL_OK)
  }

  /// One thread of the team: its part of C and its slices of the workspace.
  struct Member {
    var call: GEMMCall
    var values: PackedParameters
    var plan: PackedPlan
    var team: hone_kernel_team
    /// This thread's place among the `plan.rowGroups` threads that share a packed B.
    var place: Int
    var rows: Range<Int>
    var columns: Range<Int>
    var packedA: UnsafeMutablePointer<Float>
    var packedB: UnsafeMutablePointer<Float>
    /// One tile, for the edges of C.
    var buffer: UnsafeMutablePointer<Float>
    var epilogue: Epilogue

    init(
      _ run: GEMMRun, _ values: PackedParameters, _ workspace: UnsafeMutablePointer<Float>
    ) {
      (call, self.values, team) = (run.call, values, run.team)
      epilogue = Epilogue(run.problem)
      let (index, count) = (Int(team.index), Int(team.count))
      plan = PackedPlan(
        m: call.m, n: call.n, k: call.k, values, threads: count, mr: MR, nr: NR)
      place = index % plan.rowGroups
      let group = index / plan.rowGroups
      rows = share(of: call.m, unit: MR, index: place, count: plan.rowGroups)
      columns = share(of: call.n, unit: NR, index: group, count: plan.columnGroups)
      packedA = workspace + index * plan.threadFloats
      buffer = packedA + plan.aFloats
      packedB = workspace + (count * plan.threadFloats + group * plan.bFloats)
    }

    /// Loops 5 (columns, nc: last-level cache) and 4 (depth, kc).
    func run() {
      for block in 0..<plan.columnBlocks {
        let first = min(columns.lowerBound + block * plan.nc, columns.upperBound)
        let width = min(plan.nc, columns.upperBound - first)
        var p = 0
        while p < call.k {
          let depth = min(plan.kc, call.k - p)
          packB(first, width, p, depth)
          rowLoop(first, width, p, depth)
          p += depth
        }
      }
    }

    /// Packs this thread's panels of the block of B, between two meetings: nobody reads the old block any more, and
    /// the new one is complete.
    private func packB(_ first: Int, _ width: Int, _ p: Int, _ depth: Int) {
      meet()
      let mine = share(of: width, unit: NR, index: place, count: plan.rowGroups)
      let source = PackingSource(
        base: call.b.address(p, first + mine.lowerBound), across: call.b.column, along: call.b.row)
      packPanels(
        source, count: mine.count, width: NR, depth: depth,
        into: packedB + mine.lowerBound * depth)
      meet()
    }

    private func meet() {
      if plan.rowGroups > 1, let barrier = team.barrier { barrier(team.context) }
    }

    /// Loop 3: rows, mc: A's block for L2.
    private func rowLoop(_ first: Int, _ width: Int, _ p: Int, _ depth: Int) {
      var i = rows.lowerBound
      while i < rows.upperBound {
        let height = min(plan.mc, rows.upperBound - i)
        let last = p + depth == call.k ? (i, first) : nil
        let target = TileTarget(
          c: call.c + (i * call.ldc + first), ldc: call.ldc, alpha: call.alpha,
          beta: p == 0 ? call.beta : 1)
        if !values.packs(call) {
          let rows = StridedMatrix(
            UnsafeRawPointer(call.a.address(i, p)), ld: call.a.row, transposed: false)
          plainTiles(rows, target, height, width, depth, last: last)
        } else {
          let source = PackingSource(
            base: call.a.address(i, p), across: call.a.row, along: call.a.column)
          packPanels(source, count: height, width: MR, depth: depth, into: packedA)
          tiles(target, height, width, depth, last: last)
        }
        i += height
      }
    }

    /// Loops 2 and 1 over A where it lies: rows of A and a panel of B, which the tiles of direct GEMM multiply.
    private func plainTiles(
      _ a: StridedMatrix, _ target: TileTarget, _ height: Int, _ width: Int, _ depth: Int,
      last: (i: Int, j: Int)?
    ) {
      var block = DirectProblem(call)
      (block.isTurned, block.isTransposed) = (false, false)
      (block.k, block.alpha, block.beta) = (depth, target.alpha, target.beta)
      (block.cRow, block.cColumn) = (target.ldc, 1)
      var j = 0
      while j < width {
        block.n = min(NR, width - j)
        block.y = StridedMatrix(
          UnsafeRawPointer(packedB + j * depth), ld: NR, transposed: false)
        var i = 0
        while i < height {
          block.x = a
          block.x.base = a.address(i, 0)
          block.c = target.c + (i * target.ldc + j)
          let rows = min(height - i, MR <= outerRows ? MR : outerRows)
          if MR <= outerRows && rows == MR {
            OuterTile<MR, NV, ACC>.columns(block)
          } else {
            outerProduct(rows, block)
          }
          i += rows
        }
        if let last {
          let end = last.j + min(width, j + NR)
          epilogue.apply(call, rows: last.i..<last.i + height, columns: last.j + j..<end)
        }
        j += NR
      }
    }

    /// Loops 2 (nr: B's panel stays in L1) and 1 (mr: A's panels stream from L2). `last`: the place in C of a block whose sums are
    /// complete after this.
    private func tiles(
      _ block: TileTarget, _ height: Int, _ width: Int, _ depth: Int, last: (i: Int, j: Int)?
    ) {
      let byRows = values.order == 1
      let (outer, inner) = byRows ? (height, width) : (width, height)
      let (outerStep, innerStep) = byRows ? (MR, NR) : (NR, MR)
      var o = 0
      while o < outer {
        var p = 0
        while p < inner {
          let (i, j) = byRows ? (o, p) : (p, o)
          tile(block, i, j, height, width, depth)
          p += innerStep
        }
        if let last {
          let end = min(outer, o + outerStep)
          epilogue.apply(
            call, rows: byRows ? last.i + o..<last.i + end : last.i..<last.i + height,
            columns: byRows ? last.j..<last.j + width : last.j + o..<last.j + end)
        }
        o += outerStep
      }
    }

    @inline(__always)
    private func tile(
      _ block: TileTarget, _ i: Int, _ j: Int, _ height: Int, _ width: Int, _ depth: Int
    ) {
      var tile = block
      tile.c = block.c + (i * block.ldc + j)
      let (a, b) = (packedA + i * depth, packedB + j * depth)
      if i + MR <= height && j + NR <= width {
        if values.prefetch != 0 { Tile.prefetch(tile) }
        Tile.multiply(depth, a, b, tile, unroll: values.unroll)
      } else {
        edge(tile, min(MR, height - i), min(NR, width - j), depth, a, b)
      }
    }

    /// A tile that C cuts: computed whole in this thread's buffer, copied in part.
    private func edge(
      _ tile: TileTarget, _ rows: Int, _ columns: Int, _ depth: Int, _ a: UnsafePointer<Float>,
      _ b: UnsafePointer<Float>
    ) {
      let whole = TileTarget(c: buffer, ldc: NR, alpha: tile.alpha, beta: 0)
      Tile.multiply(depth, a, b, whole, unroll: values.unroll)
      copyTile(
        buffer, stride: NR, rows: rows, columns: columns, to: tile.c, rowStride: tile.ldc,
        columnStride: 1, beta: tile.beta)
    }
  }
}
