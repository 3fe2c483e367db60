// GEMMOperands.swift: the matrices of one GEMM problem in memory, and the proof of a result.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// A, `copies` sets of B, what C held before, bias and residual. Values uniform in -0.5 ..< 0.5.
final class GEMMOperands: Operands, @unchecked Sendable {
  let problem: Problem
  let copies: Int
  private let a: ActivationBuffer
  private let b: [GEMMWeights]
  private let types: GEMMTypes
  private let c: ActivationBuffer
  private let initial: ActivationBuffer?
  private let bias: ActivationBuffer?
  private let residual: ActivationBuffer?
  private let scalesOfA: ByteScales?
  private let arguments: UnsafeMutablePointer<hone_gemm>
  private var oracle: GEMMBatchOracle?

  init(problem: Problem, seed: UInt64, copies: Int, pages: String) throws {
    self.problem = problem
    self.copies = max(1, copies)
    let sizes = GEMMOperation.sizes(of: problem)
    let types = GEMMTypes(problem.types)
    let storedA = sizes.trans_a == 0 ? sizes.m : sizes.k
    self.types = types
    func filled(_ count: Int64, _ type: StoredType, _ seed: UInt64) throws -> ActivationBuffer {
      let buffer = try ActivationBuffer(Int(count), type, pages: pages)
      buffer.fillUniform(seed: seed)
      return buffer
    }
    a = try filled(storedA * sizes.lda * sizes.batch, types.a, seed)
    b = try (0..<self.copies).map { copy in
      try GEMMWeights(sizes, types.b, seed: seed &+ 1 &+ UInt64(copy), pages: pages)
    }
    let area = sizes.m * sizes.ldc * sizes.batch
    c = try ActivationBuffer(Int(area), types.c, pages: pages)
    initial = sizes.beta == 0 ? nil : try filled(area, types.c, seed ^ 0xC0FFEE)
    bias = sizes.has_bias == 0 ? nil : try filled(sizes.n, .f32, seed ^ 0xB1A5)
    residual = sizes.has_residual == 0 ? nil : try filled(area, types.c, seed ^ 0x4E51)
    scalesOfA = types.isByte ? ByteScales(sizes, seed: seed ^ 0xA5CA) : nil
    arguments = .allocate(capacity: self.copies)
    for (index, weights) in b.enumerated() {
      var set = sizes
      set.a = UnsafeRawPointer(a.base)
      weights.put(into: &set)
      set.c = c.base
      set.bias = bias.map { UnsafePointer($0.base.assumingMemoryBound(to: Float.self)) }
      scalesOfA?.put(into: &set)
      set.residual = residual.map { UnsafeRawPointer($0.base) }
      (arguments + index).initialize(to: set)
    }
  }

  deinit { arguments.deallocate() }

  func arguments(copy: Int) -> UnsafeRawPointer { UnsafeRawPointer(arguments + copy % copies) }

  func poison() {
    c.poison()
    if let initial { c.copy(from: initial) }
  }

  var outputBytes: UnsafeRawBufferPointer { .init(start: c.base, count: c.bytes) }

  func prove(copy: Int) -> Proof {
    let index = copy % copies
    if oracle?.copy != index {
      oracle = GEMMBatchOracle(
        arguments[index], types.b, initial: initial.map { UnsafeRawPointer($0.base) }, copy: index,
        allowed: GEMMPrecision.maxError(of: problem))
    }
    return oracle!.proof(c: c.base)
  }
}
