// PackedPlan.swift: how packed GEMM cuts a problem: blocks for the caches, groups for the threads, slices of workspace.

import CHoneKernel

/// The run-time parameters of packed GEMM, in the order in which the catalogue declares them.
struct PackedParameters {
  var mc: Int
  var kc: Int
  var nc: Int
  var prefetch: Int
  var partition: Int
  var unroll: Int
  /// Which of the two innermost loops around a tile is the outer one: over columns (0: a panel of B stays near) or rows (1: of A).
  var order: Int
  /// A is read where it lies (0) where its rows are contiguous, or packed (1), or as `packs` says (2).
  var packing: Int

  init(_ values: UnsafePointer<Int64>) {
    (mc, kc, nc) = (Int(values[0]), Int(values[1]), Int(values[2]))
    (prefetch, partition, unroll) = (Int(values[3]), Int(values[4]), Int(values[5]))
    (order, packing) = (Int(values[6]), Int(values[7]))
  }

  var isValid: Bool {
    let sizes = 1...(1 << 24)
    return sizes.contains(mc) && sizes.contains(kc) && sizes.contains(nc)
      && (0...1).contains(prefetch) && (0...3).contains(partition) && (1...4).contains(unroll)
      && (0...1).contains(order) && (0...2).contains(packing)
  }

  /// From so many columns of C on, an element of A is read often enough to be worth its copy: 1.02 to 1.07 times as fast in place from
  /// 512 to 1000 columns, 1.1 to 1.7 with fewer, 0.96 to 0.98 with 2048 and more (Zen 4; on Emerald Rapids 1.04 with 512, 0.97 with 1024).
  private static var manyColumns: Int { 1024 }

  func packs(_ call: GEMMCall) -> Bool {
    call.a.column != 1 || packing == 1 || (packing == 2 && call.n >= Self.manyColumns)
  }

  func splits(_ threads: Int) -> Bool { partition == 3 && threads > 1 }

  /// For one thread's range of k, or the longest of them.
  var alone: PackedParameters {
    var values = self
    values.partition = 0
    return values
  }
}

/// Everything that the threads must agree on. Depends on the problem's sizes, the parameters and the number of threads
/// only, so that workspace and run compute the same.
struct PackedPlan {
  /// Blocks: the parameters, but no longer than the problem, equal in size and (mc, nc) whole tiles.
  var mc: Int
  var kc: Int
  var nc: Int
  /// Threads as a grid: `rowGroups` x `columnGroups` of them, each with its own part of C.
  var rowGroups: Int
  var columnGroups: Int
  /// Blocks of nc that every thread walks (for some, the last one may be empty).
  var columnBlocks: Int
  /// Floats of packed A; of packed A and a tile for the edges, for each thread; of packed B, for each column group. Whole
  /// cache lines.
  var aFloats: Int
  var threadFloats: Int
  var bFloats: Int

  init(m: Int, n: Int, k: Int, _ parameters: PackedParameters, threads: Int, mr: Int, nr: Int) {
    rowGroups = PackedPlan.rowGroups(m: m, n: n, threads: threads, parameters.partition)
    columnGroups = threads / rowGroups
    let rows = roundUp((roundUp(m, mr) / mr + rowGroups - 1) / rowGroups * mr, mr)
    let panels = roundUp(n, nr) / nr
    let columns = (panels + columnGroups - 1) / columnGroups * nr
    mc = evenBlock(rows, limit: roundUp(parameters.mc, mr), unit: mr)
    kc = evenBlock(k, limit: parameters.kc, unit: 4)
    nc = evenBlock(columns, limit: roundUp(parameters.nc, nr), unit: nr)
    columnBlocks = (columns + nc - 1) / nc
    aFloats = roundUp(mc * kc, 16)
    threadFloats = aFloats + roundUp(mr * nr, 16)
    bFloats = roundUp(nc * kc, 16)
  }

  var workspaceFloats: Int { rowGroups * columnGroups * threadFloats + columnGroups * bFloats }

  /// Threads along the rows of C: all (0), one (1), or the divisor that makes the parts of C nearest to square (2).
  private static func rowGroups(m: Int, n: Int, threads: Int, _ partition: Int) -> Int {
    if partition == 0 || partition == 3 { return threads }
    if partition == 1 { return 1 }
    var best = threads
    var bestEdge = Double.infinity
    for groups in 1...threads where threads % groups == 0 {
      let edge = Double(m) / Double(groups) + Double(n) / Double(threads / groups)
      if edge < bestEdge { (best, bestEdge) = (groups, edge) }
    }
    return best
  }
}
