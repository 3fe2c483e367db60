// Probe+Catalogue.swift: the rows of the machine-limit probes, and what they share.

import CHoneKernel

func addProbeRows(_ catalogue: inout Catalogue) {
  catalogue.add(
    "probe", "f32", "peak", "multiply-adds on registers only: the peak of a core",
    check: probe_check, workspace: probe_workspace, run: probe_f32_peak)
  catalogue.add(
    "probe", "f64", "peak", "multiply-adds of doubles on registers only",
    check: probe_check, workspace: probe_workspace, run: probe_f64_peak)
  catalogue.add(
    "probe", "u8s8", "peak", "products of bytes summed in 32 bits, on registers only",
    check: probe_check, workspace: probe_workspace, run: probe_u8s8_peak)
  #if HONE_BF16
    catalogue.add(
      "probe", "bf16", "peak", "pairs of bfloat16 products summed in floats, on registers only",
      check: probe_check, workspace: probe_workspace, run: probe_bf16_peak)
  #endif
  catalogue.add(
    "probe", "f32", "read", "reads a buffer from end to end: the bandwidth of where it lies",
    check: probe_check, workspace: probe_workspace, run: probe_f32_read
  ) {
    $0.doubling("streams", 1, 8, default: 1, "places that a thread reads from in turn")
  }
  catalogue.add(
    "probe", "f32", "gather", "reads scattered rows: what embedding tables are limited by",
    check: probe_check, workspace: probe_workspace, run: probe_f32_gather
  ) {
    $0.doubling(
      "prefetch", 8, 64, default: 16, "rows between asking for one and reading it")
    $0.linear("level", 1, 2, default: 2, "cache level that rows are brought to")
  }
}

@c(hone_probe_check)
public func probe_check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32
{
  guard let problem else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let p = problem.assumingMemoryBound(to: hone_probe.self)
  let isSound =
    p.pointee.struct_size >= UInt64(MemoryLayout<hone_probe>.size) && p.pointee.bytes >= 0
    && p.pointee.iterations >= 0 && p.pointee.count >= 0 && p.pointee.row_bytes >= 0
  return Int32(isSound ? HONE_KERNEL_OK : HONE_KERNEL_BAD_ARGUMENT)
}

@c(hone_probe_workspace)
public func probe_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 { 0 }

/// Stores what one thread did and a value that depends on all of its work.
@inline(__always)
func finishProbe(
  _ p: UnsafePointer<hone_probe>, _ team: UnsafePointer<hone_kernel_team>, done: Double, sink: Float
) {
  let index = Int(team.pointee.index)
  if let target = p.pointee.sink { target[index] = sink }
  if let target = p.pointee.done { target[index] = done }
}

/// Bytes are combined as integers: sums of arbitrary bytes taken as floats could be slow (subnormal numbers).
#if HONE_LANES_16
  typealias WordVector = SIMD16<UInt32>
#elseif HONE_LANES_8
  typealias WordVector = SIMD8<UInt32>
#else
  typealias WordVector = SIMD4<UInt32>
#endif

@inline(__always)
func loadWords(_ p: UnsafeRawPointer) -> WordVector { p.loadUnaligned(as: WordVector.self) }

/// A value that depends on every bit.
@inline(__always)
func digest(_ v: WordVector) -> Float {
  var total: UInt32 = 0
  for lane in 0..<WordVector.scalarCount { total ^= v[lane] }
  return Float(total)
}
