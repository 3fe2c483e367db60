// GEMMOperands.swift: the matrices of one GEMM problem in memory, and the proof of a result.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// A, `copies` sets of B, C, and what C held before. Values uniform in -0.5 ..< 0.5.
final class GEMMOperands: Operands, @unchecked Sendable {
  let problem: Problem
  let copies: Int
  private let a: OperandBuffer<Float>
  private let b: [GEMMWeights]
  private let type: StoredType
  private let c: OperandBuffer<Float>
  private let initial: OperandBuffer<Float>?
  private let arguments: UnsafeMutablePointer<hone_gemm>
  private var oracle: GEMMOracle?

  init(problem: Problem, seed: UInt64, copies: Int, pages: String) throws {
    self.problem = problem
    self.copies = max(1, copies)
    let sizes = GEMMOperation.sizes(of: problem)
    let storedA = sizes.trans_a == 0 ? sizes.m : sizes.k
    type = GEMMOperation.weightType(of: problem.types)
    a = try OperandBuffer(Int(storedA * sizes.lda), pages: pages)
    a.fillUniform(seed: seed)
    b = try (0..<self.copies).map { copy in
      try GEMMWeights(
        sizes, GEMMOperation.weightType(of: problem.types), seed: seed &+ 1 &+ UInt64(copy),
        pages: pages)
    }
    c = try OperandBuffer(Int(sizes.m * sizes.ldc), pages: pages)
    initial = sizes.beta == 0 ? nil : try OperandBuffer(c.count, pages: pages)
    initial?.fillUniform(seed: seed ^ 0xC0FFEE)
    arguments = .allocate(capacity: self.copies)
    for (index, weights) in b.enumerated() {
      var set = sizes
      set.a = UnsafeRawPointer(a.base)
      weights.put(into: &set)
      set.c = UnsafeMutableRawPointer(c.base)
      (arguments + index).initialize(to: set)
    }
  }

  deinit { arguments.deallocate() }

  func arguments(copy: Int) -> UnsafeRawPointer { UnsafeRawPointer(arguments + copy % copies) }

  func poison() {
    c.poison()
    guard let initial else { return }
    for index in 0..<c.count { c.base[index] = initial.base[index] }
  }

  var outputBytes: UnsafeRawBufferPointer { .init(start: c.base, count: c.bytes) }

  func prove(copy: Int) -> Proof {
    let index = copy % copies
    if oracle?.copy != index {
      oracle = GEMMOracle(
        arguments[index], type, initial: initial.map { UnsafePointer($0.base) }, copy: index)
    }
    return oracle!.proof(c: c.base)
  }
}
