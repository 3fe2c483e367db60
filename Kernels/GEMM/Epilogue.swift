// Epilogue.swift: what happens to a piece of C after its products: bias, activation, residual.
//
//     C = activation(alpha * op(A) * op(B) + beta * C + bias) + residual
//
// It is done to a piece of C that was just computed and still lies in a near cache. GELU and SiLU need e^x: 2^x of Exp.swift, below
// 1.1 units in the last place; the error of erf (Abramowitz and Stegun, Handbook, 7.1.26) is below 1.5 · 10⁻⁷.

import CHoneKernel
import CIntrinsics

struct Epilogue {
  var activation: Int32
  /// n floats.
  var bias: UnsafePointer<Float>?
  /// m x n elements of C's type, rows `ldr` apart.
  var residual: UnsafeRawPointer?
  var ldr: Int
  var cType: Int32

  init(_ p: hone_gemm) {
    activation = p.activation
    bias = p.has_bias != 0 ? p.bias : nil
    residual = p.has_residual != 0 ? p.residual : nil
    ldr = Int(p.ldr)
    cType = p.c_type
  }

  var isNothing: Bool {
    activation == HONE_ACTIVATION_NONE && bias == nil && residual == nil
  }

  /// Rows and columns of C, in place; C in floats.
  func apply(_ call: GEMMCall, rows: Range<Int>, columns: Range<Int>) {
    if isNothing { return }
    for i in rows {
      let row = call.c + i * call.ldc
      finishRow(i, columns.lowerBound, columns.count) { at, left in
        loadPartial(row + at, laneMask(left))
      } _: { at, v, left in
        storePartial(v, row + at, laneMask(left))
      }
    }
  }

  /// One row's `count` elements from column `first` on. `load` and `store` get a column and how many of a vector's lanes count.
  @inline(__always)
  func finishRow(
    _ i: Int, _ first: Int, _ count: Int, _ load: (Int, Int) -> FloatVector,
    _ store: (Int, FloatVector, Int) -> Void
  ) {
    var j = first
    while j + lanes <= first + count {
      store(j, finished(load(j, lanes), i, j, lanes), lanes)
      j += lanes
    }
    let left = first + count - j
    if left > 0 { store(j, finished(load(j, left), i, j, left), left) }
  }

  @inline(__always)
  private func finished(_ value: FloatVector, _ i: Int, _ j: Int, _ count: Int) -> FloatVector {
    var v = value
    if let bias { v += loadPartial(bias + j, laneMask(count)) }
    v = activated(v, activation)
    if let residual { v += loadTyped(residual, cType, i * ldr + j, count) }
    return v
  }
}

/// The activation of each lane.
@inline(__always)
func activated(_ x: FloatVector, _ activation: Int32) -> FloatVector {
  switch activation {
  case Int32(HONE_ACTIVATION_RELU):
    // A NaN stays one.
    return x.replacing(with: FloatVector(repeating: 0), where: x .< FloatVector(repeating: 0))
  case Int32(HONE_ACTIVATION_GELU): return gelu(x)
  case Int32(HONE_ACTIVATION_GELU_TANH):
    return notFarBelow(x) * sigmoid(1.595_769_1 * x * (1 + 0.044_715 * x * x))
  case Int32(HONE_ACTIVATION_SILU): return notFarBelow(x) * sigmoid(x)
  default: return x
  }
}

/// x, but -100 where it is less: there the results are as good as 0, and an infinity must not meet a factor of 0.
@inline(__always)
private func notFarBelow(_ x: FloatVector) -> FloatVector {
  let bound = FloatVector(repeating: -100)
  return x.replacing(with: bound, where: x .< bound)
}

/// 1 / (1 + e^-x). tanh(u) = 2 sigmoid(2 u) - 1 makes GELU's second form one of these too.
@inline(__always)
func sigmoid(_ x: FloatVector) -> FloatVector {
  let bound = FloatVector(repeating: 87)
  let inside = x.replacing(with: -bound, where: x .< -bound)
  return 1 / (1 + exp2(-inside * binaryPerNatural))
}

/// x / 2 * (1 + erf(x / √2)).
@inline(__always)
func gelu(_ x: FloatVector) -> FloatVector {
  let zero = FloatVector(repeating: 0)
  // Beyond 32 the tail is 0, for infinities too.
  let limit = FloatVector(repeating: 32)
  let bounded = x.replacing(with: -x, where: x .< zero)
  let size = bounded.replacing(with: limit, where: bounded .> limit)
  let z = size * 0.707_106_77
  let t = 1 / (1 + 0.327_591_1 * z)
  var p = FloatVector(repeating: 1.061_405_4)
  p = multiplyAdd(FloatVector(repeating: -1.453_152_1), p, t)
  p = multiplyAdd(FloatVector(repeating: 1.421_413_8), p, t)
  p = multiplyAdd(FloatVector(repeating: -0.284_496_74), p, t)
  p = multiplyAdd(FloatVector(repeating: 0.254_829_6), p, t)
  // erfc(z), so that nothing cancels where x is far below 0.
  let erfc = p * t * exp2(-(z * z) * binaryPerNatural)
  let half = 0.5 * size * erfc
  return (x - half).replacing(with: -half, where: x .< zero)
}
