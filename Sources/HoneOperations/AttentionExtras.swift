// AttentionExtras.swift: the arrays behind a problem's attributes: lengths, a block table, a bias, slopes.

internal import CHoneKernel
internal import HoneCore

/// Lengths fall evenly from the full length to about half of it, over the batch. Blocks are in an order that is no order.
final class AttentionExtras: @unchecked Sendable {
  private let queryOffsets: OperandBuffer<Int32>?
  private let keyOffsets: OperandBuffer<Int32>?
  private let keyLengths: OperandBuffer<Int32>?
  private let table: OperandBuffer<Int32>?
  private let bias: OperandBuffer<Float>?
  private let slopes: OperandBuffer<Float>?

  init(_ problem: Problem, seed: UInt64) throws {
    let sizes = AttentionOperation.sizes(of: problem)
    let lengths = problem.attributes["lengths"]
    let (lq, lk) = (problem["lq"], problem["lk"])
    queryOffsets = lengths == "packed" ? try Self.offsets(problem, lq) : nil
    keyOffsets = lengths == "packed" ? try Self.offsets(problem, lk) : nil
    keyLengths = lengths == "padded" ? try Self.lengths(problem, lk) : nil
    table =
      sizes.block_size > 0 ? try Self.table(Int(sizes.block_count), seed: seed) : nil
    bias = problem.attributes["bias"] == "yes" ? try OperandBuffer(lq * lk, pages: "default") : nil
    bias?.fillUniform(seed: seed ^ 0xB1A5)
    let heads = problem["heads"]
    slopes = problem.attributes["alibi"] == "yes" ? try OperandBuffer(heads, pages: "default") : nil
    guard let slopes else { return }
    // Halves, quarters … as for eight heads in Press et al., "Train Short, Test Long", 2022.
    for head in 0..<heads { slopes.base[head] = 1 / Float(2 << (head % 8)) }
  }

  private static func lengths(_ problem: Problem, _ longest: Int) throws -> OperandBuffer<Int32> {
    let buffer = try OperandBuffer<Int32>(problem["batch"], pages: "default")
    for b in 0..<buffer.count {
      buffer.base[b] = Int32(AttentionOperation.length(b, of: problem, longest))
    }
    return buffer
  }

  private static func offsets(_ problem: Problem, _ longest: Int) throws -> OperandBuffer<Int32> {
    let buffer = try OperandBuffer<Int32>(problem["batch"] + 1, pages: "default")
    buffer.base[0] = 0
    for b in 1..<buffer.count {
      let length = AttentionOperation.length(b - 1, of: problem, longest)
      buffer.base[b] = buffer.base[b - 1] + Int32(length)
    }
    return buffer
  }

  private static func table(_ blocks: Int, seed: UInt64) throws -> OperandBuffer<Int32> {
    let buffer = try OperandBuffer<Int32>(blocks, pages: "default")
    for block in 0..<blocks { buffer.base[block] = Int32(block) }
    var generator = SeededGenerator(seed: seed)
    for block in 0..<blocks {
      let other = block + generator.below(blocks - block)
      (buffer.base[block], buffer.base[other]) = (buffer.base[other], buffer.base[block])
    }
    return buffer
  }

  func put(into p: inout hone_attention) {
    p.q_offsets = queryOffsets.map { UnsafePointer($0.base) }
    p.k_offsets = keyOffsets.map { UnsafePointer($0.base) }
    p.k_lengths = keyLengths.map { UnsafePointer($0.base) }
    p.block_table = table.map { UnsafePointer($0.base) }
    p.bias = bias.map { UnsafePointer($0.base) }
    p.slopes = slopes.map { UnsafePointer($0.base) }
  }
}
