// Probe-f32-gather.swift: reads rows at random places, each thread its share of the indices: the rate that embedding tables can reach.
//
// The row `prefetch` places ahead is asked for, line by line, while this one is read: without that a core waits for each
// row in turn. Rows are row_bytes long and lie row_bytes apart.

import CHoneKernel
import CIntrinsics

@c(hone_probe_f32_gather)
public func probe_f32_gather(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let verdict = probe_check(problem, parameters)
  guard verdict == HONE_KERNEL_OK, let problem, let team else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  guard let parameters, (0...4096).contains(parameters[0]), (1...2).contains(parameters[1]) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  let mine = share(
    of: Int(p.pointee.count), unit: 1, index: Int(team.pointee.index),
    count: Int(team.pointee.count))
  let isEmpty = mine.isEmpty || p.pointee.row_bytes == 0 || p.pointee.iterations == 0
  guard isEmpty || (p.pointee.buffer != nil && p.pointee.indices != nil) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  var total = WordVector(repeating: 0)
  var pass: Int64 = 0
  while pass < p.pointee.iterations, !isEmpty,
    let buffer = p.pointee.buffer, let indices = p.pointee.indices
  {
    if parameters[1] == 1 {
      gather(
        buffer, Int(p.pointee.row_bytes), indices + mine.lowerBound, mine.count,
        Int(parameters[0]), &total, CIntrinsics_prefetchL1)
    } else {
      gather(
        buffer, Int(p.pointee.row_bytes), indices + mine.lowerBound, mine.count,
        Int(parameters[0]), &total, CIntrinsics_prefetchL2)
    }
    total &+= 1
    pass += 1
  }
  let bytes = Double(mine.count) * Double(p.pointee.row_bytes) * Double(p.pointee.iterations)
  finishProbe(p, team, done: bytes, sink: digest(total))
  return Int32(HONE_KERNEL_OK)
}

@inline(__always)
private func gather(
  _ buffer: UnsafeRawPointer, _ rowBytes: Int, _ indices: UnsafePointer<Int32>, _ count: Int,
  _ ahead: Int, _ total: inout WordVector, _ prefetch: (UnsafeRawPointer) -> Void
) {
  for i in 0..<count {
    if ahead > 0 && i + ahead < count {
      // Every line that the row touches: rows whose length is no multiple of a line begin anywhere in one.
      let next = buffer + Int(indices[i + ahead]) * rowBytes
      var line = UnsafeRawPointer(bitPattern: UInt(bitPattern: next) & ~63).unsafelyUnwrapped
      while line < next + rowBytes {
        prefetch(line)
        line += 64
      }
    }
    let row = buffer + Int(indices[i]) * rowBytes
    var at = 0
    while at + MemoryLayout<WordVector>.size <= rowBytes {
      total ^= loadWords(row + at)
      at += MemoryLayout<WordVector>.size
    }
    while at + 16 <= rowBytes {
      let part = (row + at).loadUnaligned(as: SIMD4<UInt32>.self)
      total.lowQuarter ^= part
      at += 16
    }
    while at + 4 <= rowBytes {
      total[0] ^= (row + at).loadUnaligned(as: UInt32.self)
      at += 4
    }
    while at < rowBytes {
      total[0] ^= UInt32((row + at).load(as: UInt8.self))
      at += 1
    }
  }
}

extension WordVector {
  /// The first four lanes.
  fileprivate var lowQuarter: SIMD4<UInt32> {
    @inline(__always) get { SIMD4(self[0], self[1], self[2], self[3]) }
    @inline(__always) set { for lane in 0..<4 { self[lane] = newValue[lane] } }
  }
}
