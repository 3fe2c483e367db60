// WeightsGEMM.swift: GEMM whose B is constant and stored in few bits: the entry points that all formats of weights share.
//
// Idea: at few rows the time is the time to read B, so B is read once, as one stream, in as few bits as it has, and becomes floats on
// the way to the multiply-adds. Layout: WeightPanels.swift. Few rows: WeightTile.swift; many: WeightUnpacking.swift.
// Threads: A is copied together (one meeting), then each thread takes panels of B; nothing is added between threads, so the
// result does not depend on their number.
// Cost: the bytes of B once, or 2 m n k flops at nearly the peak.

import CHoneKernel

struct WeightParameters {
  /// Up to this many rows, weights are converted in each tile; above, once a block.
  var directRows: Int
  var kc: Int
  /// Bytes ahead.
  var prefetch: Int

  init(_ values: UnsafePointer<Int64>) {
    (directRows, kc, prefetch) = (Int(values[0]), Int(values[1]), Int(values[2]))
  }

  var isValid: Bool {
    (0...64).contains(directRows) && (32...4096).contains(kc) && (0...(1 << 16)).contains(prefetch)
  }
}

enum WeightsGEMM<F: WeightFormat> {
  static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
    let verdict = weightsVerdict(problem)
    guard verdict == HONE_KERNEL_OK, let parameters else {
      return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
    }
    return WeightParameters(parameters).isValid
      ? Int32(HONE_KERNEL_OK) : Int32(HONE_KERNEL_BAD_ARGUMENT)
  }

  static func workspace(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
  ) -> Int64 {
    guard check(problem, parameters) == HONE_KERNEL_OK, let problem, let parameters else {
      return 0
    }
    let call = GEMMCall(problem)
    if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    let layout = WeightLayout(p, F.self)
    let floats =
      ActivationRows.floats(m: call.m, depth: layout.depth)
      + Int(threads) * scratchFloats(layout, WeightParameters(parameters))
    return Int64(floats * MemoryLayout<Float>.size)
  }

  /// A thread's scratch: a block of floats, and a tile for the edge of C.
  private static func scratchFloats(_ layout: WeightLayout, _ values: WeightParameters) -> Int {
    (WeightUnpacking<F>.blockSteps(layout, kc: values.kc) + 4) * panelColumns
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
    let call = start.call
    guard let workspace, start.problem.packed_b == 1, let packed = start.problem.b else {
      return Int32(HONE_KERNEL_BAD_ARGUMENT)
    }
    let layout = WeightLayout(start.problem, F.self)
    let values = WeightParameters(start.parameters)
    let floats = workspace.assumingMemoryBound(to: Float.self)
    let rows = ActivationRows(base: floats, depth: layout.depth)
    rows.fill(call, start.team)
    start.meet()
    let member = Member(
      call: call, layout: layout, values: values, rows: rows,
      scratch: floats + ActivationRows.floats(m: call.m, depth: layout.depth)
        + start.index * scratchFloats(layout, values))
    member.run(packed, start.team)
    return Int32(HONE_KERNEL_OK)
  }

  /// One thread of the team.
  struct Member {
    var call: GEMMCall
    var layout: WeightLayout
    var values: WeightParameters
    var rows: ActivationRows
    var scratch: UnsafeMutablePointer<Float>

    func run(_ packed: UnsafeRawPointer, _ team: hone_kernel_team) {
      let mine = share(
        of: layout.panels, unit: 1, index: Int(team.index), count: Int(team.count))
      for panel in mine {
        let stream = WeightStream(
          panel: packed + panel * layout.panelBytes, layout: layout, prefetch: values.prefetch)
        let first = panel * panelColumns
        let width = min(panelColumns, call.n - first)
        let isFew = call.m <= (F.isPlain ? weightRows(hasZeros: false) : values.directRows)
        if isFew {
          direct(stream, first, width)
        } else {
          unpacked(stream, first, width)
        }
      }
    }

    private func unpacked(_ stream: WeightStream, _ first: Int, _ width: Int) {
      var block = DirectProblem(call)
      block.isTurned = false
      (block.m, block.n) = (call.m, width)
      block.x = StridedMatrix(
        UnsafeRawPointer(rows.base), ld: rows.depth, transposed: false)
      (block.c, block.cRow, block.cColumn) = (call.c + first, call.ldc, 1)
      (block.alpha, block.beta) = (1, call.beta)
      WeightUnpacking<F>.multiply(block, stream, kc: values.kc, scratch)
    }

    /// Rows in groups; a panel that C cuts goes by way of scratch.
    private func direct(_ stream: WeightStream, _ first: Int, _ width: Int) {
      var i = 0
      while i < call.m {
        let count = min(weightRows(hasZeros: layout.hasZeros), call.m - i)
        let c = call.c + (i * call.ldc + first)
        let x = UnsafePointer(rows.base + i * rows.depth)
        if width == panelColumns {
          let target = TileTarget(c: c, ldc: call.ldc, alpha: 1, beta: call.beta)
          weightTile(F.self, count, x, rows.depth, stream, target)
        } else {
          let whole = TileTarget(c: scratch, ldc: panelColumns, alpha: 1, beta: 0)
          weightTile(F.self, count, x, rows.depth, stream, whole)
          copyTile(
            scratch, stride: panelColumns, rows: count, columns: width, to: c,
            rowStride: call.ldc, columnStride: 1, beta: call.beta)
        }
        i += count
      }
    }
  }
}

/// Rows of the tallest tile that converts weights in registers.
func weightRows(hasZeros: Bool) -> Int {
  #if HONE_REGISTERS_32
    return hasZeros ? 2 : 3
  #else
    return 1
  #endif
}

func weightTile<F: WeightFormat>(
  _ format: F.Type, _ rows: Int, _ x: UnsafePointer<Float>, _ depth: Int, _ stream: WeightStream,
  _ target: TileTarget
) {
  if stream.layout.hasZeros {
    #if HONE_REGISTERS_32
      if rows == 2 { return WeightTile<F, 2, 8, 1>.multiply(x, depth, stream, target) }
    #endif
    return WeightTile<F, 1, 4, 1>.multiply(x, depth, stream, target)
  }
  #if HONE_REGISTERS_32
    if rows == 3 { return WeightTile<F, 3, 12, 0>.multiply(x, depth, stream, target) }
    if rows == 2 { return WeightTile<F, 2, 8, 0>.multiply(x, depth, stream, target) }
  #endif
  WeightTile<F, 1, 4, 0>.multiply(x, depth, stream, target)
}
