// Activation.swift: the oracle's activations, by their formulas.

import CHoneKernel
import Glibc

extension Reference {
  /// At -infinity the limit, 0, for all but the identity.
  /// - Parameter activation: HONE_ACTIVATION_*.
  public static func activated(_ x: Double, _ activation: Int32) -> Double {
    if x == -.infinity && activation != Int32(HONE_ACTIVATION_NONE) { return 0 }
    switch activation {
    case Int32(HONE_ACTIVATION_RELU): return x < 0 ? 0 : x
    case Int32(HONE_ACTIVATION_GELU): return x / 2 * erfc(-x / 2.0.squareRoot())
    case Int32(HONE_ACTIVATION_GELU_TANH):
      return x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case Int32(HONE_ACTIVATION_SILU): return x / (1 + exp(-x))
    default: return x
    }
  }
}
