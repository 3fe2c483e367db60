// Probe-u8s8-peak.swift: products of unsigned with signed bytes, summed in 32 bits, on registers only: the peak of quantised arithmetic.
//
// One instruction with VNNI (vpdpbusd), three without (vpmaddubsw, vpmaddwd, vpaddd). A multiply-add is two operations, as for floats.

import CHoneKernel
import CIntrinsics

#if HONE_REGISTERS_32
  private typealias Chains = InlineArray<20, CIntrinsics_Words>
#else
  private typealias Chains = InlineArray<10, CIntrinsics_Words>
#endif

@c(hone_probe_u8s8_peak)
public func probe_u8s8_peak(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let verdict = probe_check(problem, parameters)
  guard verdict == HONE_KERNEL_OK, let problem, let team else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  var sums = Chains { _ in CIntrinsics_Words(repeating: 0) }
  // Bytes of 3 and 5: four products are 60, far from saturating 16 bits.
  var a = CIntrinsics_Words(repeating: 0x0303_0303_0303_0303)
  let b = CIntrinsics_Words(repeating: 0x0505_0505_0505_0505)
  let chains = sums.count
  var i: Int64 = 0
  while i < p.pointee.iterations {
    for _ in 0..<4 {
      for c in 0..<chains {
        a = CIntrinsics_anyWords(a)
        sums[c] = CIntrinsics_dotBytes(sums[c], a, b)
      }
    }
    i += 1
  }
  // The sums wrap around in 32 bits; one chain more than the others keeps an even number of equal ones from cancelling.
  var total = sums[0]
  for c in 0..<chains { total = total &+ (sums[c] & 0xFFFF_FFFF) }
  let products = 4 * chains * MemoryLayout<CIntrinsics_Words>.size
  finishProbe(
    p, team, done: Double(p.pointee.iterations) * Double(2 * products),
    sink: 1 + Float(UInt32(truncatingIfNeeded: total[0])))
  return Int32(HONE_KERNEL_OK)
}
