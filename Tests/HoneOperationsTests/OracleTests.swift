// OracleTests.swift: the oracles accept a plain computation and catch one wrong element, small and large.

import CHoneKernel
import HoneCore
import HoneOperations
import Testing

@Suite("Oracles")
struct OracleTests {
  private func operands(
    _ operation: String, _ shape: [String: Int], _ attributes: [String: String] = [:]
  ) throws -> any Operands {
    let known = try #require(Operations.named(operation))
    let problem = try known.normalised(
      Problem(operation: operation, types: "f32", shape: shape, attributes: attributes))
    let operands = try known.makeOperands(for: problem, seed: 5, copies: 1, pages: "4k")
    operands.poison()
    return operands
  }

  @Test("GEMM: right is proven, one wrong element is not", arguments: [24, 280])
  func gemm(size: Int) throws {
    let operands = try operands("gemm", ["m": size, "n": size, "k": size])
    let p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_gemm.self).pointee
    let c = p.c.assumingMemoryBound(to: Float.self)
    PlainKernels.gemm(p)
    let proof = operands.prove(copy: 0)
    #expect(proof.holds, "\(proof)")
    #expect(proof.error > 0)
    #expect(proof.oracle == (size > 256 ? "double-sampled+freivalds" : "double"))
    // Any element, also in a row that is not sampled.
    for index in [0, size * size / 2 + 3, size * size - 1] {
      let right = c[index]
      c[index] += 0.5
      #expect(!operands.prove(copy: 0).holds, "element \(index)")
      c[index] = .nan
      #expect(!operands.prove(copy: 0).holds, "element \(index)")
      c[index] = right
    }
    #expect(operands.prove(copy: 0).holds)
  }

  @Test("a batch of GEMMs: right is proven, one wrong element of any product is not")
  func batch() throws {
    let operands = try operands("gemm", ["m": 9, "n": 8, "k": 7, "batch": 3])
    var p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_gemm.self).pointee
    let c = p.c.assumingMemoryBound(to: Float.self)
    for item in 0..<3 {
      PlainKernels.gemm(p)
      #expect(operands.prove(copy: 0).holds == (item == 2), "what is not written yet shows")
      p.a += 4 * Int(p.a_batch_stride)
      p.b += 4 * Int(p.b_batch_stride)
      p.c += 4 * Int(p.c_batch_stride)
    }
    #expect(operands.prove(copy: 0).compared == 3 * 9 * 8)
    for index in [0, 9 * 8, 3 * 9 * 8 - 1] {
      let right = c[index]
      c[index] += 0.5
      #expect(!operands.prove(copy: 0).holds, "element \(index)")
      c[index] = right
    }
    #expect(operands.prove(copy: 0).holds)
  }

  @Test("a batch is f32 without an epilogue, and not 0; one product is the problem that it was")
  func batchFields() throws {
    let gemm = try #require(Operations.named("gemm"))
    func problem(_ types: String, _ batch: Int?, _ epilogue: String? = nil) -> Problem {
      var problem = Problem(
        operation: "gemm", types: types, shape: ["m": 4, "n": 4, "k": 4])
      problem.shape["batch"] = batch
      problem.attributes["epilogue"] = epilogue
      return problem
    }
    #expect(try gemm.normalised(problem("f32", 1)) == gemm.normalised(problem("f32", nil)))
    let (one, ten) = try (gemm.normalised(problem("f32", 1)), gemm.normalised(problem("f32", 10)))
    #expect(ten["batch"] == 10 && gemm.cost(of: ten).flops == 10 * gemm.cost(of: one).flops)
    #expect(gemm.constantBytes(of: ten) == 10 * gemm.constantBytes(of: one))
    for wrong in [problem("f32", 0), problem("f64", 2), problem("f32", 2, "bias")] {
      #expect(throws: HoneError.self) { try gemm.normalised(wrong) }
    }
  }

  @Test("embedding-bag: right is proven, one wrong element is not", arguments: ["uniform", "zipf"])
  func embeddingBag(distribution: String) throws {
    let operands = try operands(
      "embedding-bag", ["rows": 50, "dim": 7, "bags": 9, "lookups": 40],
      ["weighted": "yes", "indices": "int32", "distribution": distribution])
    let p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_embedding_bag.self).pointee
    let output = p.output.assumingMemoryBound(to: Float.self)
    PlainKernels.embeddingBag(p)
    #expect(operands.prove(copy: 0).holds)
    output[62] += 0.25
    #expect(!operands.prove(copy: 0).holds)
  }

  @Test("attention: right is proven, one wrong element is not", arguments: ["none", "causal"])
  func attention(mask: String) throws {
    let operands = try operands(
      "attention", ["heads": 4, "kvHeads": 2, "lq": 5, "lk": 9, "headDim": 8], ["mask": mask])
    let p = operands.arguments(copy: 0).assumingMemoryBound(to: hone_attention.self).pointee
    let o = p.o.assumingMemoryBound(to: Float.self)
    PlainKernels.attention(p)
    let proof = operands.prove(copy: 0)
    #expect(proof.holds, "\(proof)")
    o[17] += 0.01
    #expect(!operands.prove(copy: 0).holds)
  }

  @Test("empty problems are proven without a computation")
  func empty() throws {
    for (operation, shape) in [
      ("gemm", ["m": 0, "n": 5, "k": 3]), ("gemm", ["m": 5, "n": 0, "k": 3]),
      ("embedding-bag", ["rows": 0, "dim": 4, "bags": 0, "lookups": 0]),
      ("attention", ["heads": 2, "lq": 0, "lk": 4, "headDim": 8]),
    ] {
      #expect(try operands(operation, shape).prove(copy: 0).holds, "\(operation) \(shape)")
    }
  }
}
