// GEMM-f32-packed.swift: the five loops around a register tile, over packed blocks of A and B: large problems.
//
// Idea: B in blocks kc x nc for the last-level cache, A in blocks mc x kc for L2, B's panels kc x nr for L1, C's tiles in
// registers; each block is packed once and read many times (Goto and van de Geijn, ACM TOMS 34(3), 2008; BLIS).
// Layout: Packing.swift. Micro-kernel: RegisterTile.swift. Cuts, thread groups and workspace: PackedPlan.swift.
// Threads: the threads of a column group pack their block of B together (two meetings a block) and share it; each packs its
// own blocks of A. Tiles cut by the edge of C are computed whole and stored in part.
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
    let plan = PackedPlan(
      m: call.m, n: call.n, k: call.k, values, threads: Int(threads), mr: MR, nr: NR)
    return Int64(plan.workspaceFloats * MemoryLayout<Float>.size)
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
    let member = Member(start, values, floats)
    member.run()
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

    /// Loops 5 (columns, nc: last-level cache) and 4 (depth, kc). Depth is not divided among threads: they would have
    /// to add their parts of C.
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
        let source = PackingSource(
          base: call.a.address(i, p), across: call.a.row, along: call.a.column)
        packPanels(source, count: height, width: MR, depth: depth, into: packedA)
        let target = TileTarget(
          c: call.c + (i * call.ldc + first), ldc: call.ldc, alpha: call.alpha,
          beta: p == 0 ? call.beta : 1)
        tiles(target, height, width, depth, last: p + depth == call.k ? (i, first) : nil)
        i += height
      }
    }

    /// Loops 2 (nr: B's panel stays in L1) and 1 (mr: A's panels stream from L2). `last`: the place in C of a block whose sums are
    /// complete after this.
    @inline(__always)
    private func tiles(
      _ block: TileTarget, _ height: Int, _ width: Int, _ depth: Int, last: (i: Int, j: Int)?
    ) {
      var tile = block
      var j = 0
      while j < width {
        let b = packedB + j * depth
        var i = 0
        while i < height {
          tile.c = block.c + (i * block.ldc + j)
          let a = packedA + i * depth
          if i + MR <= height && j + NR <= width {
            if values.prefetch != 0 { Tile.prefetch(tile) }
            Tile.multiply(depth, a, b, tile, unroll: values.unroll)
          } else {
            edge(tile, min(MR, height - i), min(NR, width - j), depth, a, b)
          }
          i += MR
        }
        if let last {
          let end = last.j + min(width, j + NR)
          epilogue.apply(call, rows: last.i..<last.i + height, columns: last.j + j..<end)
        }
        j += NR
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
