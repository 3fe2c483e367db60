// Probe-f32-peak.swift: multiply-adds on registers, enough of them in flight to hide their latency.
//
// A core that starts s of them in a cycle and finishes each after l cycles needs s * l independent chains: 2 * 4 on most of today's, 4 * 4
// on the widest. Chains as far as the registers go, less two for the factors.

import CHoneKernel

#if HONE_REGISTERS_32
  private typealias Chains = InlineArray<24, FloatVector>
#else
  private typealias Chains = InlineArray<12, FloatVector>
#endif

@c(hone_probe_f32_peak)
public func probe_f32_peak(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let verdict = probe_check(problem, parameters)
  guard verdict == HONE_KERNEL_OK, let problem, let team else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  var sums = Chains { _ in FloatVector(repeating: 1) }
  // The fixed point of each chain is 0.1: no overflow, no subnormals, however long it runs.
  let a = FloatVector(repeating: 0.999_999)
  let b = FloatVector(repeating: 1e-7)
  let chains = sums.count
  var i: Int64 = 0
  while i < p.pointee.iterations {
    for _ in 0..<4 {
      for c in 0..<chains { sums[c] = multiplyAdd(b, sums[c], a) }
    }
    i += 1
  }
  var total = FloatVector(repeating: 0)
  for c in 0..<chains { total += sums[c] }
  finishProbe(
    p, team, done: Double(p.pointee.iterations) * Double(4 * 2 * chains * lanes), sink: total.sum())
  return Int32(HONE_KERNEL_OK)
}
