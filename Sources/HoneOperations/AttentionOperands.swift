// AttentionOperands.swift: queries, keys, values and output of one attention problem, and the proof of a result.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// Q, `copies` sets of K and V, O. Values uniform in -0.5 ..< 0.5, but queries four times that, so that the softmax is not flat.
final class AttentionOperands: Operands, @unchecked Sendable {
  let problem: Problem
  let copies: Int
  private let q: OperandBuffer<Float>
  private let k: [OperandBuffer<Float>]
  private let v: [OperandBuffer<Float>]
  private let o: OperandBuffer<Float>
  private let arguments: UnsafeMutablePointer<hone_attention>
  private var oracle: AttentionOracle?

  init(problem: Problem, seed: UInt64, copies: Int, pages: String) throws {
    self.problem = problem
    self.copies = max(1, copies)
    let sizes = AttentionOperation.sizes(of: problem)
    let queries = Int(sizes.batch * sizes.q_batch_stride)
    let keys = Int(sizes.batch * sizes.k_batch_stride)
    q = try OperandBuffer(queries, pages: pages)
    q.fillUniform(seed: seed)
    for index in 0..<q.count { q.base[index] *= 4 }
    o = try OperandBuffer(queries, pages: pages)
    func filled(_ salt: UInt64) throws -> [OperandBuffer<Float>] {
      try (0..<max(1, copies)).map { copy in
        let buffer = try OperandBuffer<Float>(keys, pages: pages)
        buffer.fillUniform(seed: seed &+ salt &+ UInt64(copy))
        return buffer
      }
    }
    k = try filled(1 << 20)
    v = try filled(1 << 21)
    arguments = .allocate(capacity: self.copies)
    for index in 0..<self.copies {
      var set = sizes
      set.q = UnsafeRawPointer(q.base)
      set.k = UnsafeRawPointer(k[index].base)
      set.v = UnsafeRawPointer(v[index].base)
      set.o = UnsafeMutableRawPointer(o.base)
      (arguments + index).initialize(to: set)
    }
  }

  deinit { arguments.deallocate() }

  func arguments(copy: Int) -> UnsafeRawPointer { UnsafeRawPointer(arguments + copy % copies) }

  func poison() { o.poison() }

  func prove(copy: Int) -> Proof {
    let index = copy % copies
    if oracle?.copy != index { oracle = AttentionOracle(arguments[index], copy: index) }
    return oracle!.proof(o: o.base)
  }
}
