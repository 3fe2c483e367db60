// DotGEMM.swift: GEMM by integers: constant weights in 8 or 4 bits, A rounded to bytes on the way in (HONE_COMPUTE_S8).
//
// Idea: the CPU multiplies four bytes where it multiplies one float, and weights need no conversion. A is rounded once, together,
// with a scale for each row and group (RoundedRows.swift), then each thread takes panels of B (DotTile8.swift). Layout: WeightPanels.swift.
// Sums are exact in integers: the result depends on neither the number of threads nor the instruction set's way to add.
// Cost: the bytes of B once, or m n k / 2 instructions of four products a lane.

import CHoneKernel

enum DotGEMM<F: DotFormat> {
  static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
    let verdict = weightsVerdict(problem, bytes: F.readsBytes)
    guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
      return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
    }
    guard (0...(1 << 16)).contains(parameters[0]) else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    // The problem must allow the rounding, and 255 * 127 * steps must fit 31 bits.
    let fits = WeightLayout(p, F.self).groupSteps <= 1 << 16
    return Int32(
      (F.readsBytes || p.compute == HONE_COMPUTE_S8) && fits
        ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
  }

  static func workspace(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
  ) -> Int64 {
    guard check(problem, parameters) == HONE_KERNEL_OK, let problem else { return 0 }
    let call = GEMMCall(problem)
    if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    let rows = RoundedRows.byteCount(m: call.m, WeightLayout(p, F.self), threads: Int(threads))
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
    let call = start.call
    guard let workspace, start.problem.packed_b == 1, let packed = start.problem.b,
      start.problem.a_zero_points == 0 || start.problem.a_zeros != nil
    else {
      return Int32(HONE_KERNEL_BAD_ARGUMENT)
    }
    let layout = WeightLayout(start.problem, F.self)
    let rows = RoundedRows(m: call.m, layout, in: workspace, member: start.index)
    if F.readsBytes {
      rows.fill(bytesOf: start.problem, start.team)
    } else {
      rows.fill(ActivationSource(call, start.problem), m: call.m, start.team)
    }
    start.meet()
    let strips = workspace + RoundedRows.byteCount(m: call.m, layout, threads: start.count)
    for panel in share(of: layout.panels, unit: 1, index: start.index, count: start.count) {
      let stream = WeightStream(
        packed + panel * layout.panelBytes, layout,
        prefetch: Int(start.parameters[0]))
      multiply(PanelOutput(start, strips: strips, panel: panel), rows, stream)
    }
    return Int32(HONE_KERNEL_OK)
  }

  /// All rows against one panel.
  private static func multiply(
    _ output: PanelOutput, _ rows: RoundedRows, _ stream: WeightStream
  ) {
    output.begin()
    let m = output.call.m
    let most = dotTileRows(hasGroups: stream.layout.groups > 1)
    let groups = (m + most - 1) / most
    for group in 0..<groups {
      let part = share(of: m, unit: 1, index: group, count: groups)
      let target = TileTarget(
        c: output.row(part.lowerBound), ldc: output.ld, alpha: 1, beta: output.call.beta)
      dotTile(
        F.self, part.count, rows, part.lowerBound, stream.evenly(group, of: groups), target)
    }
    output.end()
  }
}
