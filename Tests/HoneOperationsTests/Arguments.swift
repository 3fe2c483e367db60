// Arguments.swift: looks into the structs of hone_kernel.h that operands hand out.

import CHoneKernel

/// The first 16 elements of B.
func firstWeights(_ arguments: UnsafeRawPointer) -> [Float] {
  let b = arguments.assumingMemoryBound(to: hone_gemm.self).pointee.b!
  return (0..<16).map { b.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
}
