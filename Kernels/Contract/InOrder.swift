// InOrder.swift: hints that hold the compiler to the order of the source where another order would spill registers.

import CIntrinsics

/// A load that the compiler may not delay. Where registers are few it would, and spill others for it.
@inline(__always)
func loadFirst(_ p: UnsafePointer<Float>) -> FloatVector {
  #if HONE_REGISTERS_32
    return loadVector(p)
  #else
    return CIntrinsics_inRegister(loadVector(p))
  #endif
}

/// A sum that is computed in the order of the source. Without a fused multiply-add each product needs a register of its
/// own for a moment, and the compiler would begin too many of them.
@inline(__always)
func inTurn(_ sum: FloatVector) -> FloatVector {
  #if HONE_FMA
    return sum
  #else
    return CIntrinsics_inRegister(sum)
  #endif
}
