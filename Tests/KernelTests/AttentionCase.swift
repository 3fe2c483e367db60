// AttentionCase.swift: one attention problem in guarded memory, with what its output must be.

import CHoneKernel
import Glibc
import HoneBackends
import HoneCore
import KernelReference

/// One operand: its memory and the strides of batches (or blocks), heads and rows.
private struct Operand {
  let buffer: FilledBuffer<UInt8>
  let type: StoredType
  let strides: (batch: Int, head: Int, row: Int)

  /// Elements up to the last one that belongs to a row; nothing beyond it exists.
  init(
    _ shape: AttentionShape, _ type: StoredType, outer: Int, heads: Int, length: Int,
    fill: () -> Float
  ) {
    let row = shape.dim + shape.padding
    strides =
      shape.isInterleaved
      ? (length * heads * row, row, heads * row) : (heads * length * row, length * row, row)
    let isEmpty = outer * heads * length * shape.dim == 0
    let last = (outer - 1) * strides.batch + (heads - 1) * strides.head + (length - 1) * strides.row
    let count = isEmpty ? 0 : last + shape.dim
    self.type = type
    buffer = FilledBuffer(count * type.bits / 8) { _ in 0 }
    for index in 0..<count { set(index, fill()) }
  }

  func at(_ b: Int, _ h: Int, _ i: Int) -> Int {
    b * strides.batch + h * strides.head + i * strides.row
  }

  var count: Int { buffer.count * 8 / type.bits }

  func set(_ index: Int, _ value: Float) {
    let raw = UnsafeMutableRawPointer(buffer.base)
    switch type {
    case .f32: raw.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
    case .bf16:
      raw.storeBytes(
        of: UInt16(truncatingIfNeeded: value.bitPattern >> 16), toByteOffset: 2 * index,
        as: UInt16.self)
    case .f16:
      raw.storeBytes(of: Float16(value).bitPattern, toByteOffset: 2 * index, as: UInt16.self)
    default:
      raw.storeBytes(
        of: Int8(max(-127, min(127, value * 60))), toByteOffset: index, as: Int8.self)
    }
  }

  func get(_ index: Int) -> Float {
    let raw = UnsafeRawPointer(buffer.base)
    switch type {
    case .bf16:
      let bits = raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      return Float(bitPattern: UInt32(bits) << 16)
    case .f16:
      let bits = raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      return Float(Float16(bitPattern: bits))
    default: return raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
    }
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
  private let extras: AttentionExtras
  private var expected: [Reference.AttentionRow] = []
  /// Of the last run.
  private var rounding = AttentionRounding()

  init(_ shape: AttentionShape) {
    self.shape = shape
    var generator = SeededGenerator(seed: shape.seed)
    let extras = AttentionExtras(shape, &generator)
    let (outer, cache) = (shape.storage.outer, shape.storage.cache)
    q = Operand(
      shape, outer, outer: extras.queryBatches, heads: shape.heads, length: extras.queryRows
    ) { generator.centered() * 2 * shape.steepness }
    k = Operand(
      shape, cache, outer: extras.keyBatches, heads: shape.kvHeads, length: extras.keyRows
    ) { generator.centered() * 2 }
    v = Operand(
      shape, cache, outer: extras.keyBatches, heads: shape.kvHeads, length: extras.keyRows
    ) { generator.centered() * 2 }
    o = Operand(
      shape, outer, outer: extras.queryBatches, heads: shape.heads, length: extras.queryRows
    ) { poison }
    lse = FilledBuffer(shape.batch * shape.heads * shape.lq) { _ in poison }
    self.extras = extras
    problem = hone_attention()
    problem = describe()
  }

  private func describe() -> hone_attention {
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
    extras.put(into: &p)
    return p
  }

  func setQuery(_ b: Int, _ h: Int, _ i: Int, _ d: Int, _ value: Float) {
    q.set(q.at(b, h, i) + d, value)
  }
  func setKey(_ b: Int, _ h: Int, _ j: Int, _ d: Int, _ value: Float) {
    k.set(k.at(b, h, j) + d, value)
  }
  func setValue(_ b: Int, _ h: Int, _ j: Int, _ d: Int, _ value: Float) {
    v.set(v.at(b, h, j) + d, value)
  }
  func value(_ b: Int, _ h: Int, _ j: Int, _ d: Int) -> Float { v.get(v.at(b, h, j) + d) }
  func output(_ b: Int, _ h: Int, _ i: Int, _ d: Int) -> Float { o.get(o.at(b, h, i) + d) }

  /// Damages what the options point to, for refusals.
  func setBlock(_ entry: Int, _ block: Int32) { extras.table?.base[entry] = block }
  func setLength(_ b: Int, _ length: Int32) { extras.keyLengths?.base[b] = length }
  func hideAll() {
    guard let bias = extras.bias else { return }
    for index in 0..<bias.count { bias.base[index] = -.infinity }
  }
  func setOffset(_ b: Int, _ offset: Int32) { extras.queryOffsets?.base[b] = offset }

  /// Runs a variant on poisoned outputs; returns its code and every bit that it may have written.
  func run(_ row: KernelRow, _ parameters: [Int64], threads: Int) -> (code: Int32, bits: [UInt32]) {
    poisonOutputs()
    rounding.hasShortExp = zip(row.parameters, parameters).contains {
      $0.name == "exp_degree" && $1 < 6
    }
    rounding.hasWords = row.types.hasSuffix("s8") && row.variant.hasSuffix(".decode@x86v4_bf16")
    let code = row.runTogether(&problem, parameters, threads: threads)
    let outputs = (0..<o.buffer.count).map { UInt32(o.buffer.base[$0]) }
    return (code, outputs + (0..<lse.count).map { lse.base[$0].bitPattern })
  }

  private func poisonOutputs() {
    for i in 0..<o.count { o.set(i, poison) }
    for i in 0..<lse.count { lse.base[i] = poison }
  }

  var isUntouched: Bool {
    let before = FilledBuffer<UInt8>(o.buffer.count) { o.buffer.base[$0] }
    poisonOutputs()
    return (0..<before.count).allSatisfy { before.base[$0] == o.buffer.base[$0] }
  }
}

// MARK: - What must come out

extension AttentionCase {
  /// What is wrong with the outputs of the last run, or nil.
  func fault() -> String? {
    var written = [Bool](repeating: false, count: o.count)
    var index = 0
    for b in 0..<shape.batch {
      let first = extras.firstQuery(b)
      for h in 0..<shape.heads {
        for i in 0..<extras.queries(b) {
          if expected.count == index {
            expected.append(
              Reference.attentionRow(problem, shape.storage, batch: b, head: h, query: i))
          }
          let start = o.at(extras.queryBatch(b), h, first + i)
          for d in 0..<shape.dim { written[start + d] = true }
          if let fault = fault(b, h, i, start, expected[index]) {
            return "row \(b) \(h) \(i): \(fault)"
          }
          index += 1
        }
      }
    }
    let untouched = o.bits(of: poison)
    for element in 0..<o.count where !written[element] && o.bits(element) != untouched {
      return "padding was written"
    }
    return nil
  }

  private func fault(
    _ b: Int, _ h: Int, _ i: Int, _ start: Int, _ row: Reference.AttentionRow
  ) -> String? {
    let delta = AttentionBound.delta(row, dim: shape.dim, rounding)
    let spread = AttentionBound.spread(row, delta, shape.storage, rounding)
    for d in 0..<shape.dim {
      let (value, wanted) = (Double(o.get(start + d)), row.values[d])
      let isRight =
        wanted.isFinite
        ? abs(value - wanted) <= spread : wanted.isNaN ? value.isNaN : value == wanted
      if !isRight { return "column \(d): \(value), not \(wanted) ± \(spread)" }
    }
    guard shape.hasLse else { return nil }
    let value = Double(lse.base[(b * shape.heads + h) * shape.lq + i])
    let wanted = row.logSumExp
    let allowed =
      2 * delta + (Double(row.visible) + 8) * 0x1p-24 + abs(wanted) * 0x1p-23
      + (shape.storage.outer == .bf16 || rounding.hasShortExp ? 0x1p-17 : 0)
    let isRight =
      wanted.isFinite
      ? abs(value - wanted) <= allowed : wanted.isNaN ? value.isNaN : value == wanted
    return isRight ? nil : "lse \(value), not \(wanted) ± \(allowed)"
  }
}

/// What a run rounds beside its sums.
struct AttentionRounding {
  var hasShortExp = false
  /// Queries and weights are whole numbers of 16 bits.
  var hasWords = false
}

/// The bounds of Contract/Attention.md.
enum AttentionBound {
  /// Of a logit.
  static func delta(
    _ row: Reference.AttentionRow, dim: Int, _ rounding: AttentionRounding
  ) -> Double {
    let words = rounding.hasWords ? Double(dim).squareRoot() * 0x1p-16 * row.product : 0
    return (Double(dim) + 8) * 0x1p-24 * row.product + 4 * 0x1p-24 * (row.added + row.product)
      + words
  }

  /// Of an element of the output.
  static func spread(
    _ row: Reference.AttentionRow, _ delta: Double, _ storage: AttentionStorage,
    _ run: AttentionRounding
  ) -> Double {
    let exact = 4 * delta + (2 * Double(row.visible) + 16) * 0x1p-24
    let rounded = (run.hasShortExp ? 0x1p-17 : 0) + (run.hasWords ? 0x1p-11 : 0)
    return (exact + rounded + rounding[storage.outer, default: 0]) * row.magnitude
  }

  /// Weights and outputs that are rounded to the type of O.
  private static let rounding: [StoredType: Double] = [.bf16: 0x1p-7, .f16: 0x1p-10]
}

extension Operand {
  fileprivate var strides64: (Int64, Int64, Int64) {
    (Int64(strides.batch), Int64(strides.head), Int64(strides.row))
  }

  fileprivate func bits(_ index: Int) -> UInt32 {
    let raw = UnsafeRawPointer(buffer.base)
    return type == .f32
      ? raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
      : UInt32(raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
  }

  /// The bits that `value` has in this type.
  fileprivate func bits(of value: Float) -> UInt32 {
    switch type {
    case .f32: value.bitPattern
    case .f16: UInt32(Float16(value).bitPattern)
    default: value.bitPattern >> 16
    }
  }
}
