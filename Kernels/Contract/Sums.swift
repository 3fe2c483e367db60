// Sums.swift: arrays of vectors that live in registers, set to zero.

/// N vectors of zeros. `InlineArray(repeating:)` would do the same, but may stay a call into another object file; an array whose
/// address was passed to a call stays in memory, and with it every sum of an inner loop.
@inline(__always)
func zeros<let N: Int>() -> InlineArray<N, FloatVector> {
  InlineArray { _ in FloatVector(repeating: 0) }
}
