// AttentionExtras.swift: the memory behind the options of an attention problem: offsets, lengths, blocks, bias, slopes, scales.

import CHoneKernel
import HoneCore

/// Everything ends at a guard page, and nothing is longer than the contract says.
struct AttentionExtras {
  private let shape: AttentionShape
  let queryOffsets: FilledBuffer<Int32>?
  private let keyOffsets: FilledBuffer<Int32>?
  let keyLengths: FilledBuffer<Int32>?
  let table: FilledBuffer<Int32>?
  let bias: FilledBuffer<Float>?
  private let slopes: FilledBuffer<Float>?
  private let keyScales: FilledBuffer<Float>?
  private let valueScales: FilledBuffer<Float>?
  private let blocks: Int
  private let tableStride: Int

  init(_ shape: AttentionShape, _ generator: inout SeededGenerator) {
    self.shape = shape
    let options = shape.options
    queryOffsets = options.variesQueries ? Self.offsets(shape.batch, shape.lq, &generator) : nil
    let keys = options.variesKeys ? Self.offsets(shape.batch, shape.lk, &generator) : nil
    keyOffsets = keys
    keyLengths =
      options.padsKeys
      ? FilledBuffer(shape.batch) { b in
        let most = keys.map { Int($0.base[b + 1] - $0.base[b]) } ?? shape.lk
        return Int32(generator.below(most + 1))
      } : nil
    let size = options.blockSize
    let perSequence = size > 0 ? (shape.lk + size - 1) / size : 0
    tableStride = perSequence
    blocks = shape.batch * perSequence + (size > 0 ? 2 : 0)
    table = size > 0 ? Self.table(shape.batch * perSequence, of: blocks, &generator) : nil
    bias = Self.bias(shape, &generator)
    slopes = options.hasSlopes ? FilledBuffer(shape.heads) { 1 / Float(2 << $0) } : nil
    let isScaled = shape.storage.cache.isScaled
    let scales = isScaled ? (size > 0 ? blocks * size : shape.batch * shape.lk) * shape.kvHeads : 0
    keyScales =
      isScaled ? FilledBuffer(scales) { _ in (1.2 + generator.centered()) / 60 } : nil
    valueScales =
      isScaled ? FilledBuffer(scales) { _ in (1.2 + generator.centered()) / 60 } : nil
  }

  private static func offsets(
    _ batch: Int, _ longest: Int, _ generator: inout SeededGenerator
  ) -> FilledBuffer<Int32> {
    var next = 0
    return FilledBuffer(batch + 1) { b in
      if b > 0 { next += generator.below(longest + 1) }
      return Int32(next)
    }
  }

  /// Every entry another block, in any order.
  private static func table(
    _ count: Int, of blocks: Int, _ generator: inout SeededGenerator
  ) -> FilledBuffer<Int32> {
    var numbers = Array(0..<blocks)
    for index in numbers.indices {
      numbers.swapAt(index, index + generator.below(numbers.count - index))
    }
    return FilledBuffer(count) { Int32(numbers[$0]) }
  }

  private static func bias(
    _ shape: AttentionShape, _ generator: inout SeededGenerator
  ) -> FilledBuffer<Float>? {
    let kind = shape.options.bias
    guard kind != .none else { return nil }
    let heads = kind == .perHead ? shape.batch * shape.heads : 1
    return FilledBuffer(heads * shape.lq * shape.lk) { _ in
      kind == .withHoles && generator.below(3) > 0 ? -.infinity : generator.centered() * 4
    }
  }

  func put(into p: inout hone_attention) {
    let options = shape.options
    guard !options.isPlain || shape.storage.cache.isScaled else { return }
    p.mask += Int32(HONE_MASK_WITH_OPTIONS)
    (p.window_left, p.window_right) = (Int64(options.left), Int64(options.right))
    p.softcap = options.softcap
    p.q_offsets = queryOffsets.map { UnsafePointer($0.base) }
    p.k_offsets = keyOffsets.map { UnsafePointer($0.base) }
    p.k_lengths = keyLengths.map { UnsafePointer($0.base) }
    p.block_table = table.map { UnsafePointer($0.base) }
    (p.table_stride, p.block_count) = (Int64(tableStride), Int64(blocks))
    p.block_size = Int64(options.blockSize)
    if queryOffsets != nil { (p.q_batch_stride, p.o_batch_stride) = (0, 0) }
    if keyOffsets != nil { (p.k_batch_stride, p.v_batch_stride) = (0, 0) }
    p.bias = bias.map { UnsafePointer($0.base) }
    let rows = shape.lq * shape.lk
    p.bias_row_stride = Int64(shape.lk)
    if options.bias == .perHead {
      (p.bias_batch_stride, p.bias_head_stride) = (Int64(shape.heads * rows), Int64(rows))
    }
    p.slopes = slopes.map { UnsafePointer($0.base) }
    p.k_scales = keyScales.map { UnsafePointer($0.base) }
    p.v_scales = valueScales.map { UnsafePointer($0.base) }
    // [batch or block][row][head], for sequences that follow each other without batches.
    p.scale_row_stride = Int64(shape.kvHeads)
    p.scale_head_stride = 1
    p.scale_batch_stride = keyOffsets == nil ? Int64(keyRows * shape.kvHeads) : 0
  }

  // MARK: Memory

  var queryBatches: Int { queryOffsets == nil ? shape.batch : 1 }
  var queryRows: Int { queryOffsets.map { Int($0.base[shape.batch]) } ?? shape.lq }
  /// Or blocks.
  var keyBatches: Int { table != nil ? blocks : keyOffsets == nil ? shape.batch : 1 }
  var keyRows: Int {
    table != nil
      ? shape.options.blockSize : keyOffsets.map { Int($0.base[shape.batch]) } ?? shape.lk
  }

  func queryBatch(_ b: Int) -> Int { queryOffsets == nil ? b : 0 }
  func firstQuery(_ b: Int) -> Int { queryOffsets.map { Int($0.base[b]) } ?? 0 }
  func queries(_ b: Int) -> Int {
    queryOffsets.map { Int($0.base[b + 1] - $0.base[b]) } ?? shape.lq
  }
}
