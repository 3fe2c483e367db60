// Probe-bf16-peak.swift: pairs of bfloat16 products summed in floats (vdpbf16ps) on registers only; builds without the instruction have no such row.

import CHoneKernel
import CIntrinsics

#if HONE_BF16
  @c(hone_probe_bf16_peak)
  public func probe_bf16_peak(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    let verdict = probe_check(problem, parameters)
    guard verdict == HONE_KERNEL_OK, let problem, let team else { return verdict }
    let p = problem.assumingMemoryBound(to: hone_probe.self)
    var sums = InlineArray<24, FloatVector> { _ in FloatVector(repeating: 1) }
    // 2⁻¹⁴ (0x3880) times 2⁻³ (0x3E00): exact in bfloat16, and the sums grow slowly and stay finite.
    let a = CIntrinsics_Words(repeating: 0x3880_3880_3880_3880)
    let b = CIntrinsics_Words(repeating: 0x3E00_3E00_3E00_3E00)
    let chains = sums.count
    var i: Int64 = 0
    while i < p.pointee.iterations {
      for _ in 0..<4 {
        for c in 0..<chains { sums[c] = CIntrinsics_dotPairs(sums[c], a, b) }
      }
      i += 1
    }
    var total = FloatVector(repeating: 0)
    for c in 0..<chains { total += sums[c] }
    finishProbe(
      p, team, done: Double(p.pointee.iterations) * Double(4 * 2 * 2 * chains * lanes),
      sink: total.sum())
    return Int32(HONE_KERNEL_OK)
  }
#endif
