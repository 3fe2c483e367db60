// Probe-f64-peak.swift: multiply-adds of doubles on registers only: as Probe-f32-peak, with half as many lanes.

import CHoneKernel

#if HONE_LANES_16
  private typealias Doubles = SIMD8<Double>
#elseif HONE_LANES_8
  private typealias Doubles = SIMD4<Double>
#else
  private typealias Doubles = SIMD2<Double>
#endif

#if HONE_REGISTERS_32
  private typealias Chains = InlineArray<24, Doubles>
#else
  private typealias Chains = InlineArray<12, Doubles>
#endif

@c(hone_probe_f64_peak)
public func probe_f64_peak(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let verdict = probe_check(problem, parameters)
  guard verdict == HONE_KERNEL_OK, let problem, let team else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  var sums = Chains { _ in Doubles(repeating: 1) }
  // The fixed point of each chain is 0.1, far from it after any number of steps that a probe takes.
  let a = Doubles(repeating: 0.999_999)
  let b = Doubles(repeating: 1e-7)
  let chains = sums.count
  var i: Int64 = 0
  while i < p.pointee.iterations {
    for _ in 0..<4 {
      for c in 0..<chains { sums[c] = multiplyAdd(b, sums[c], a) }
    }
    i += 1
  }
  var total = Doubles(repeating: 0)
  for c in 0..<chains { total += sums[c] }
  finishProbe(
    p, team, done: Double(p.pointee.iterations) * Double(4 * 2 * chains * Doubles.scalarCount),
    sink: Float(total.sum()))
  return Int32(HONE_KERNEL_OK)
}
