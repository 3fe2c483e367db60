// GEMMBatchOracle.swift: is every product of a batch right? Each has an oracle of its own; most problems have one product.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// What C must be for one set of operands.
final class GEMMBatchOracle {
  let copy: Int
  private let p: hone_gemm
  private let oracles: [GEMMOracle]

  /// - Parameter allowed: see `GEMMOracle`.
  init(
    _ p: hone_gemm, _ type: StoredType, initial: UnsafeRawPointer?, copy: Int,
    allowed: Double? = nil
  ) {
    (self.p, self.copy) = (p, copy)
    oracles = (0..<max(1, Int(p.batch))).map { index in
      let before = initial.map { $0 + Self.bytesOfC(p, index) }
      return GEMMOracle(Self.item(p, index), type, initial: before, allowed: allowed)
    }
  }

  /// The worst of all products.
  func proof(c: UnsafeRawPointer) -> Proof {
    var whole = oracles[0].proof(c: c)
    for (index, oracle) in oracles.enumerated().dropFirst() {
      let proof = oracle.proof(c: c + Self.bytesOfC(p, index))
      whole.error = proof.error.isNaN || whole.error.isNaN ? .nan : max(whole.error, proof.error)
      whole.compared += proof.compared
    }
    return whole
  }

  /// Batches are of floats.
  private static func item(_ p: hone_gemm, _ index: Int) -> hone_gemm {
    var item = p
    let float = MemoryLayout<Float>.size
    item.a = p.a.map { $0 + index * Int(p.a_batch_stride) * float }
    item.b = p.b.map { $0 + index * Int(p.b_batch_stride) * float }
    return item
  }

  private static func bytesOfC(_ p: hone_gemm, _ index: Int) -> Int {
    index * Int(p.c_batch_stride) * MemoryLayout<Float>.size
  }
}
