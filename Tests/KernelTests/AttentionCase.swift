// AttentionCase.swift: one attention problem in guarded memory, with what its output must be.

import CHoneKernel
import Glibc
import HoneBackends
import HoneCore
import KernelReference

/// How a problem is drawn; every field may be set before drawing.
struct AttentionShape {
  var batch = 1
  var heads = 1
  var kvHeads = 1
  var lq = 5
  var lk = 7
  var dim = 8
  var mask = Int32(HONE_MASK_NONE)
  /// Heads inside a row (batch, sequence, heads, head size) rather than outside.
  var isInterleaved = false
  /// Elements between a row and the next.
  var padding = 0
  var hasLse = true
  /// Largest value in Q: large ones make steep softmaxes.
  var steepness: Float = 2
  var scale: Float?
  var seed: UInt64 = 1

  static let masks = [
    Int32(HONE_MASK_NONE), Int32(HONE_MASK_CAUSAL_BOTTOM_RIGHT), Int32(HONE_MASK_CAUSAL_TOP_LEFT),
  ]

  static func random(_ generator: inout SeededGenerator) -> AttentionShape {
    var shape = AttentionShape()
    shape.batch = generator.pick([1, 1, 2])
    shape.kvHeads = generator.pick([1, 1, 2])
    shape.heads = shape.kvHeads * generator.pick([1, 1, 2, 3])
    shape.lq = generator.pick([0, 1, 1, 2, 3, 4, 7, 12, 13, 16, 24, 25, 31, 49])
    shape.lk = generator.pick([0, 1, 2, 3, 5, 8, 13, 16, 17, 31, 33, 64, 65, 71])
    shape.dim = generator.pick([1, 2, 3, 4, 5, 8, 12, 16, 17, 31, 32, 33, 40])
    shape.mask = generator.pick(masks)
    shape.isInterleaved = generator.below(2) == 0
    shape.padding = generator.pick([0, 0, 1, 3, 16])
    shape.hasLse = generator.below(3) > 0
    shape.steepness = generator.pick([0.1, 2, 40])
    shape.seed = generator.next()
    return shape
  }
}

/// One operand: its memory and the strides of batches, heads and rows.
private struct Operand {
  let buffer: FilledBuffer<Float>
  let strides: (batch: Int, head: Int, row: Int)

  /// Elements up to the last one that belongs to a row; nothing beyond it exists.
  init(_ shape: AttentionShape, heads: Int, length: Int, fill: (Int) -> Float) {
    let row = shape.dim + shape.padding
    strides =
      shape.isInterleaved
      ? (length * heads * row, row, heads * row) : (heads * length * row, length * row, row)
    let isEmpty = shape.batch * heads * length * shape.dim == 0
    let last =
      (shape.batch - 1) * strides.batch + (heads - 1) * strides.head + (length - 1) * strides.row
    buffer = FilledBuffer(isEmpty ? 0 : last + shape.dim, fill: fill)
  }

  func at(_ b: Int, _ h: Int, _ i: Int) -> Int {
    b * strides.batch + h * strides.head + i * strides.row
  }
}

final class AttentionCase {
  let shape: AttentionShape
  var problem: hone_attention
  private let q: Operand
  private let k: Operand
  private let v: Operand
  private let o: Operand
  private let lse: FilledBuffer<Float>
  private var expected: [Reference.AttentionRow] = []

  init(_ shape: AttentionShape) {
    self.shape = shape
    var generator = SeededGenerator(seed: shape.seed)
    q = Operand(shape, heads: shape.heads, length: shape.lq) { _ in
      generator.centered() * 2 * shape.steepness
    }
    k = Operand(shape, heads: shape.kvHeads, length: shape.lk) { _ in generator.centered() * 2 }
    v = Operand(shape, heads: shape.kvHeads, length: shape.lk) { _ in generator.centered() * 2 }
    o = Operand(shape, heads: shape.heads, length: shape.lq) { _ in poison }
    lse = FilledBuffer(shape.batch * shape.heads * shape.lq) { _ in poison }
    var p = hone_attention()
    p.struct_size = UInt64(MemoryLayout<hone_attention>.size)
    (p.batch, p.heads, p.kv_heads) = (Int64(shape.batch), Int64(shape.heads), Int64(shape.kvHeads))
    (p.lq, p.lk, p.head_dim) = (Int64(shape.lq), Int64(shape.lk), Int64(shape.dim))
    (p.q_batch_stride, p.q_head_stride, p.q_row_stride) = q.strides64
    (p.k_batch_stride, p.k_head_stride, p.k_row_stride) = k.strides64
    (p.v_batch_stride, p.v_head_stride, p.v_row_stride) = v.strides64
    (p.o_batch_stride, p.o_head_stride, p.o_row_stride) = o.strides64
    p.scale = shape.scale ?? 1 / Float(max(shape.dim, 1)).squareRoot()
    p.mask = shape.mask
    p.q = UnsafeRawPointer(q.buffer.base)
    p.k = UnsafeRawPointer(k.buffer.base)
    p.v = UnsafeRawPointer(v.buffer.base)
    p.o = UnsafeMutableRawPointer(o.buffer.base)
    p.lse = shape.hasLse ? lse.base : nil
    problem = p
  }

  func setQuery(_ b: Int, _ h: Int, _ i: Int, _ d: Int, _ value: Float) {
    q.buffer.base[q.at(b, h, i) + d] = value
  }
  func setKey(_ b: Int, _ h: Int, _ j: Int, _ d: Int, _ value: Float) {
    k.buffer.base[k.at(b, h, j) + d] = value
  }
  func setValue(_ b: Int, _ h: Int, _ j: Int, _ d: Int, _ value: Float) {
    v.buffer.base[v.at(b, h, j) + d] = value
  }
  func value(_ b: Int, _ h: Int, _ j: Int, _ d: Int) -> Float {
    v.buffer.base[v.at(b, h, j) + d]
  }
  func output(_ b: Int, _ h: Int, _ i: Int, _ d: Int) -> Float {
    o.buffer.base[o.at(b, h, i) + d]
  }

  /// Runs a variant on poisoned outputs; returns its code and every bit that it may have written.
  func run(_ row: KernelRow, _ parameters: [Int64], threads: Int) -> (code: Int32, bits: [UInt32]) {
    for i in 0..<o.buffer.count { o.buffer.base[i] = poison }
    for i in 0..<lse.count { lse.base[i] = poison }
    let code = row.runTogether(&problem, parameters, threads: threads)
    let outputs = (0..<o.buffer.count).map { o.buffer.base[$0].bitPattern }
    return (code, outputs + (0..<lse.count).map { lse.base[$0].bitPattern })
  }

  var isUntouched: Bool {
    (0..<o.buffer.count).allSatisfy { o.buffer.base[$0].bitPattern == poison.bitPattern }
  }
}

// MARK: - What must come out

extension AttentionCase {
  /// What is wrong with the outputs of the last run, or nil.
  func fault() -> String? {
    var written = Set<Int>()
    var index = 0
    for b in 0..<shape.batch {
      for h in 0..<shape.heads {
        for i in 0..<shape.lq {
          if expected.count == index {
            expected.append(Reference.attentionRow(problem, batch: b, head: h, query: i))
          }
          let start = o.at(b, h, i)
          written.formUnion(start..<start + shape.dim)
          if let fault = fault(b, h, i, expected[index]) { return "row \(b) \(h) \(i): \(fault)" }
          index += 1
        }
      }
    }
    for element in 0..<o.buffer.count where !written.contains(element) {
      if o.buffer.base[element].bitPattern != poison.bitPattern { return "padding was written" }
    }
    return nil
  }

  private func fault(_ b: Int, _ h: Int, _ i: Int, _ row: Reference.AttentionRow) -> String? {
    let group = h / max(1, shape.heads / max(1, shape.kvHeads))
    // Contract/Attention.md: delta bounds the error of a logit, by Cauchy and Schwarz.
    let longest = (0..<row.visible).map { norm(k, b, group, $0) }.max() ?? 0
    let size = Double(abs(problem.scale)) * norm(q, b, h, i) * longest
    let delta = (Double(shape.dim) + 8) * 0x1p-24 * size
    let spread = 4 * delta + (2 * Double(row.visible) + 16) * 0x1p-24
    for d in 0..<shape.dim {
      let (value, wanted) = (Double(output(b, h, i, d)), row.values[d])
      let isRight =
        wanted.isFinite
        ? abs(value - wanted) <= spread * row.magnitude
        : wanted.isNaN ? value.isNaN : value == wanted
      if !isRight { return "column \(d): \(value), not \(wanted) ± \(spread * row.magnitude)" }
    }
    guard shape.hasLse else { return nil }
    let value = Double(lse.base[(b * shape.heads + h) * shape.lq + i])
    let wanted = row.logSumExp
    let allowed =
      2 * delta + (Double(row.visible) + 8) * 0x1p-24 + abs(wanted) * 0x1p-23
    let isRight =
      wanted.isFinite
      ? abs(value - wanted) <= allowed : wanted.isNaN ? value.isNaN : value == wanted
    return isRight ? nil : "lse \(value), not \(wanted) ± \(allowed)"
  }

  private func norm(_ operand: Operand, _ b: Int, _ h: Int, _ i: Int) -> Double {
    let row = operand.buffer.base + operand.at(b, h, i)
    return (0..<shape.dim).reduce(0.0) { $0 + Double(row[$1]) * Double(row[$1]) }.squareRoot()
  }
}

extension Operand {
  fileprivate var strides64: (Int64, Int64, Int64) {
    (Int64(strides.batch), Int64(strides.head), Int64(strides.row))
  }
}
