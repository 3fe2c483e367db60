// EpilogueCase.swift: bias, activation and residual of a GEMM test, with guarded operands.

import CHoneKernel
import HoneBackends
import KernelReference

struct EpilogueCase: CustomStringConvertible {
  var hasBias = false
  var hasResidual = false
  /// HONE_ACTIVATION_*.
  var activation: Int32 = 0

  var description: String {
    "bias \(hasBias) activation \(activation) residual \(hasResidual)"
  }

  /// None, half of the time.
  static func random(_ random: inout some RandomNumberGenerator) -> EpilogueCase {
    if Bool.random(using: &random) { return EpilogueCase() }
    return EpilogueCase(
      hasBias: .random(using: &random), hasResidual: .random(using: &random),
      activation: .random(in: 0...Int32(HONE_ACTIVATION_SILU), using: &random))
  }
}

/// Rows of the residual are two elements apart more than they are long.
final class EpilogueOperands {
  let bias: GuardedBuffer<Float>
  let residual: TypedGuard
  private let ldr: Int

  init(
    _ test: EpilogueCase, m: Int, n: Int, type: StoredType,
    _ random: inout some RandomNumberGenerator
  ) {
    ldr = n + 2
    bias = GuardedBuffer(count: test.hasBias ? n : 0)
    for index in 0..<bias.count { bias.base[index] = Float(Int.random(in: -8...8, using: &random)) }
    let isUsed = test.hasResidual && m > 0 && n > 0
    residual = TypedGuard(count: isUsed ? (m - 1) * ldr + n : 0, type)
    for index in 0..<residual.count {
      residual[index] = Float(Int.random(in: -8...8, using: &random)) / 2
    }
  }

  func put(_ test: EpilogueCase, into problem: inout hone_gemm) {
    problem.activation = test.activation
    (problem.has_bias, problem.has_residual) = (test.hasBias ? 1 : 0, test.hasResidual ? 1 : 0)
    problem.bias = test.hasBias ? UnsafePointer(bias.base) : nil
    problem.residual = test.hasResidual ? UnsafeRawPointer(residual.bytes.base) : nil
    problem.ldr = test.hasResidual ? Int64(ldr) : 0
  }
}

/// Guarded elements in f32, bf16 or f16, read and written as floats; what is written must be exact in bf16 and f16.
struct TypedGuard {
  let type: StoredType
  let bytes: GuardedBuffer<UInt8>

  init(count: Int, _ type: StoredType) {
    self.type = type
    bytes = GuardedBuffer(count: count * type.bits / 8)
  }

  var count: Int { bytes.count * 8 / type.bits }

  subscript(index: Int) -> Float {
    get {
      let base = UnsafeRawPointer(bytes.base)
      switch type {
      case .f32: return base.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
      case .bf16: return Float(bitPattern: UInt32(half(index)) << 16)
      default: return Float(Float16(bitPattern: half(index)))
      }
    }
    nonmutating set {
      let base = UnsafeMutableRawPointer(bytes.base)
      if type == .f32 {
        return base.storeBytes(of: newValue, toByteOffset: 4 * index, as: Float.self)
      }
      let bits =
        type == .f16
        ? Float16(newValue).bitPattern : UInt16(truncatingIfNeeded: newValue.bitPattern >> 16)
      base.storeBytes(of: bits, toByteOffset: 2 * index, as: UInt16.self)
    }
  }

  private func half(_ index: Int) -> UInt16 {
    UnsafeRawPointer(bytes.base).loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
  }
}
