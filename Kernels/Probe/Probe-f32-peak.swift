// Probe-f32-peak.swift: multiply-adds on registers, enough of them in flight to hide their latency.

import CHoneKernel

@c(hone_probe_check)
public func probe_check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32
{
  Int32(problem == nil ? HONE_KERNEL_BAD_ARGUMENT : HONE_KERNEL_OK)
}

@c(hone_probe_workspace)
public func probe_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 { 0 }

@c(hone_probe_f32_peak)
public func probe_f32_peak(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  guard let problem, let team else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  let chains = 12
  var sums = InlineArray<12, FloatVector>(repeating: FloatVector(repeating: 1))
  let a = FloatVector(repeating: 0.999_999)
  let b = FloatVector(repeating: 1e-7)
  var i: Int64 = 0
  while i < p.pointee.iterations {
    for c in 0..<chains { sums[c] = multiplyAdd(b, sums[c], a) }
    i += 1
  }
  var total = FloatVector(repeating: 0)
  for c in 0..<chains { total += sums[c] }
  let index = Int(team.pointee.index)
  if let sink = p.pointee.sink { sink[index] = total.sum() }
  if let done = p.pointee.done {
    done[index] = Double(p.pointee.iterations) * Double(2 * chains * lanes)
  }
  return Int32(HONE_KERNEL_OK)
}
