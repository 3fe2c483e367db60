// Probe-f32-read.swift: reads a buffer from end to end, each thread its own contiguous share: the bandwidth of the memory or cache it is in.
//
// Eight vectors a step into eight accumulators: two loads a cycle can be served while the exclusive-ors wait for nobody.
// A thread's share may be read as several streams beside each other: a core follows more than one, and has more requests under way then.
// The loads are held to the order of the addresses: unrolled and reordered they once reached a third of the memory's
// bandwidth, because the hardware no longer saw one stream.

import CHoneKernel
import CIntrinsics

@c(hone_probe_f32_read)
public func probe_f32_read(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let verdict = probe_check(problem, parameters)
  guard verdict == HONE_KERNEL_OK, let problem, let team else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  let step = 8 * MemoryLayout<WordVector>.size
  let mine = share(
    of: Int(p.pointee.bytes), unit: step, index: Int(team.pointee.index),
    count: Int(team.pointee.count))
  guard let parameters, (1...16).contains(parameters[0]) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  let streams = Int(parameters[0])
  // Whole steps only, the same number in each stream: what is left over is not read and not counted.
  let steps = mine.count / step / streams
  guard steps == 0 || p.pointee.buffer != nil else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  var sums = InlineArray<8, WordVector> { _ in WordVector(repeating: 0) }
  var pass: Int64 = 0
  while pass < p.pointee.iterations, let buffer = p.pointee.buffer {
    var at = buffer + mine.lowerBound
    for _ in 0..<steps {
      var place = at
      for _ in 0..<streams {
        for v in 0..<8 { sums[v] ^= loadInTurn(place + v * MemoryLayout<WordVector>.size) }
        place += steps * step
      }
      at += step
    }
    // Otherwise two passes would cancel, and the compiler may know it.
    sums[0] &+= 1
    pass += 1
  }
  var total = WordVector(repeating: 0)
  for v in 0..<8 { total ^= sums[v] }
  finishProbe(
    p, team, done: Double(p.pointee.iterations) * Double(steps * streams * step),
    sink: digest(total))
  return Int32(HONE_KERNEL_OK)
}

/// A load that stays behind the one before it.
@inline(__always)
private func loadInTurn(_ p: UnsafeRawPointer) -> WordVector {
  let floats = CIntrinsics_inRegister(loadVector(p.assumingMemoryBound(to: Float.self)))
  return unsafeBitCast(floats, to: WordVector.self)
}
