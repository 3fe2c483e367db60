// WeightsGEMM.swift: GEMM whose B is constant and stored in few bits: the entry points that all formats of weights share.
//
// Idea: at few rows the time is the time to read B, so B is read once, as one stream, in as few bits as it has, and becomes floats on
// the way to the multiply-adds. Layout: WeightPanels.swift. Few rows: WeightTile.swift; many: WeightUnpacking.swift.
// Threads: A is copied together (one meeting), then each thread takes panels of B; nothing is added between threads, so the
// result does not depend on their number.
// Cost: the bytes of B once, or 2 m n k flops at nearly the peak.

import CHoneKernel

struct WeightParameters {
  /// Up to this many rows (and four tiles), weights are converted in each tile; above, once a block.
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
    guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
      return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
    }
    guard WeightParameters(parameters).isValid else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    // Panels of floats that are half empty cost more than the matrix where it lies. (64 columns in every build: all give the same answer.)
    let n = Int(problem.assumingMemoryBound(to: hone_gemm.self).pointee.n)
    let isNarrow = F.isPlain && 3 * roundUp(n, 64) > 4 * roundUp(n, 16)
    return Int32(isNarrow ? HONE_KERNEL_UNPROFITABLE : HONE_KERNEL_OK)
  }

  static func workspace(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
  ) -> Int64 {
    let able = check(problem, parameters)
    guard able == HONE_KERNEL_OK || able == HONE_KERNEL_UNPROFITABLE, let problem, let parameters
    else { return 0 }
    let call = GEMMCall(problem)
    if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    let layout = WeightLayout(p, F.self)
    let floats =
      ActivationRows.floats(m: call.m, depth: layout.depth)
      + Int(threads) * scratchFloats(layout, WeightParameters(parameters))
    return Int64(
      floats * MemoryLayout<Float>.size + Int(threads) * PanelOutput.stripBytes(p))
  }

  /// A thread's scratch: a block of floats.
  private static func scratchFloats(_ layout: WeightLayout, _ values: WeightParameters) -> Int {
    F.isPlain ? 0 : WeightUnpacking<F>.blockSteps(layout, kc: values.kc) * panelColumns
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
    rows.fill(ActivationSource(call, start.problem), m: call.m, start.team)
    start.meet()
    let scratch = floats + ActivationRows.floats(m: call.m, depth: layout.depth)
    let each = scratchFloats(layout, values)
    let member = Member(
      start: start, layout: layout, values: values, rows: rows,
      scratch: scratch + start.index * each,
      strips: UnsafeMutableRawPointer(scratch + start.count * each))
    member.run(packed)
    return Int32(HONE_KERNEL_OK)
  }

  /// One thread of the team.
  struct Member {
    var start: GEMMRun
    var layout: WeightLayout
    var values: WeightParameters
    var rows: ActivationRows
    var scratch: UnsafeMutablePointer<Float>
    var strips: UnsafeMutableRawPointer

    func run(_ packed: UnsafeRawPointer) {
      let most = weightRows(F.self, layout)
      let few = F.isPlain ? most : min(values.directRows, mostTiles * most)
      for panel in share(of: layout.panels, unit: 1, index: start.index, count: start.count) {
        let stream = WeightStream(
          packed + panel * layout.panelBytes, layout, prefetch: values.prefetch)
        let output = PanelOutput(start, strips: strips, panel: panel)
        output.begin()
        if start.call.m <= few {
          direct(stream, output)
        } else {
          unpacked(stream, output)
        }
        output.end()
      }
    }

    /// Tiles that convert the same weights, each for its rows, before it pays to convert them once for all.
    private var mostTiles: Int { 4 }

    private func unpacked(_ stream: WeightStream, _ output: PanelOutput) {
      var block = DirectProblem(start.call)
      block.isTurned = false
      (block.m, block.n) = (start.call.m, panelColumns)
      block.x = StridedMatrix(
        UnsafeRawPointer(rows.base), ld: rows.depth, transposed: false)
      (block.c, block.cRow, block.cColumn) = (output.row(0), output.ld, 1)
      (block.alpha, block.beta) = (1, start.call.beta)
      WeightUnpacking<F>.multiply(block, stream, kc: values.kc, scratch)
    }

    private func direct(_ stream: WeightStream, _ output: PanelOutput) {
      let (m, most) = (start.call.m, weightRows(F.self, layout))
      if m <= most {
        let target = TileTarget(
          c: output.row(0), ldc: output.ld, alpha: 1, beta: start.call.beta)
        return weightTile(F.self, m, UnsafePointer(rows.base), rows.depth, stream, target)
      }
      let groups = (m + most - 1) / most
      for group in 0..<groups {
        let part = share(of: m, unit: 1, index: group, count: groups)
        let x = UnsafePointer(rows.base + part.lowerBound * rows.depth)
        let target = TileTarget(
          c: output.row(part.lowerBound), ldc: output.ld, alpha: 1, beta: start.call.beta)
        weightTile(F.self, part.count, x, rows.depth, stream.shared(group, of: groups), target)
      }
    }
  }
}

/// Rows of the tallest tile that converts weights in registers: each conversion serves them all. Formats of several steps a unit keep that
/// unit in registers, and zero points are four more.
func weightRows<F: WeightFormat>(_ format: F.Type, _ layout: WeightLayout) -> Int {
  #if HONE_REGISTERS_32
    let isLong = F.unit > 1
    return layout.hasZeros ? isLong ? 2 : 4 : isLong ? 4 : panelRows
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
      if F.unit == 1 {
        if rows == 4 { return WeightTile<F, 4, 16, 1>.multiply(x, depth, stream, target) }
        if rows == 3 { return WeightTile<F, 3, 12, 1>.multiply(x, depth, stream, target) }
      }
      if rows == 2 { return WeightTile<F, 2, 8, 1>.multiply(x, depth, stream, target) }
    #endif
    return WeightTile<F, 1, 4, 1>.multiply(x, depth, stream, target)
  }
  #if HONE_REGISTERS_32
    if F.unit == 1 {
      if rows == 6 { return WeightTile<F, 6, 24, 0>.multiply(x, depth, stream, target) }
      if rows == 5 { return WeightTile<F, 5, 20, 0>.multiply(x, depth, stream, target) }
    }
    if rows == 4 { return WeightTile<F, 4, 16, 0>.multiply(x, depth, stream, target) }
    if rows == 3 { return WeightTile<F, 3, 12, 0>.multiply(x, depth, stream, target) }
    if rows == 2 { return WeightTile<F, 2, 8, 0>.multiply(x, depth, stream, target) }
  #endif
  WeightTile<F, 1, 4, 0>.multiply(x, depth, stream, target)
}
