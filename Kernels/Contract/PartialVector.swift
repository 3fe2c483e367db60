// PartialVector.swift: the first lanes of a vector, for the edges of a matrix: what is left out is not touched.

import CIntrinsics

/// Which lanes of a vector an access touches: the first `count`.
typealias LaneMask = CIntrinsics_Mask

/// - Parameter count: 0 … `lanes`.
@inline(__always)
func laneMask(_ count: Int) -> LaneMask { CIntrinsics_mask(Int64(count)) }

/// The first lanes from memory, zero in the others.
@inline(__always)
func loadPartial(_ p: UnsafePointer<Float>, _ mask: LaneMask) -> FloatVector {
  CIntrinsics_loadPartial(p, mask)
}

@inline(__always)
func storePartial(_ v: FloatVector, _ p: UnsafeMutablePointer<Float>, _ mask: LaneMask) {
  CIntrinsics_storePartial(p, mask, v)
}

/// The first lanes (one at least) from memory, anything in the others: for loops whose other lanes are never stored.
@inline(__always)
func loadEdge(_ p: UnsafePointer<Float>, _ mask: LaneMask) -> FloatVector {
  CIntrinsics_loadEdge(p, mask)
}
