// EmbeddingBagCase.swift: one embedding-bag problem in fenced memory, with what its output must be.

import CHoneKernel
import HoneCore
import KernelReference

@testable import HoneBackends

/// How a problem is drawn; every field may be set before drawing.
struct BagShape {
  var rows = 17
  var dim = 8
  /// Look-ups of each bag.
  var lengths: [Int] = [3]
  var tablePadding = 0
  var outputPadding = 0
  var indexBytes: Int32 = 8
  var pooling = Int32(HONE_POOL_SUM)
  var isWeighted = false
  var seed: UInt64 = 1

  static func random(_ generator: inout SeededGenerator) -> BagShape {
    let dims = [
      0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 96, 100, 127, 128, 131,
      160, 192, 256, 320, 384,
    ]
    var shape = BagShape()
    shape.rows = generator.pick([1, 2, 17, 101])
    shape.dim = generator.pick(dims)
    let longest = generator.pick([0, 1, 2, 5, 13, 40])
    shape.lengths = (0..<generator.pick([0, 1, 2, 3, 7, 13])).map { _ in
      generator.below(longest + 1)
    }
    shape.tablePadding = generator.pick([0, 0, 1, 5, 16])
    shape.outputPadding = generator.pick([0, 0, 1, 3, 16])
    shape.indexBytes = generator.pick([4, 8])
    switch generator.below(3) {
    case 0: shape.isWeighted = true
    case 1: shape.pooling = Int32(HONE_POOL_MEAN)
    default: break
    }
    shape.seed = generator.next()
    return shape
  }
}

final class BagCase {
  let shape: BagShape
  let table: FilledBuffer<Float>
  let weights: FilledBuffer<Float>
  let output: FilledBuffer<Float>
  var problem: hone_embedding_bag
  private let integers: [FilledBuffer<UInt8>]
  private var expected: [(values: [Double], magnitudes: [Double], length: Int)] = []

  init(_ shape: BagShape) {
    self.shape = shape
    var generator = SeededGenerator(seed: shape.seed)
    let (dim, bags, lookups) = (shape.dim, shape.lengths.count, shape.lengths.reduce(0, +))
    let (tableStride, outputStride) = (dim + shape.tablePadding, dim + shape.outputPadding)
    table = FilledBuffer((shape.rows - 1) * tableStride + dim) { _ in generator.centered() }
    weights = FilledBuffer(lookups) { _ in generator.centered() * 4 }
    output = FilledBuffer(bags == 0 ? 0 : (bags - 1) * outputStride + dim) { _ in poison }
    var offsets: [Int] = []
    for length in shape.lengths { offsets.append((offsets.last ?? 0) + length) }
    offsets = [0] + offsets.dropLast()
    let indices = (0..<lookups).map { _ in generator.below(shape.rows) }
    integers = [Array(offsets.prefix(bags)), indices].map { BagCase.store($0, shape.indexBytes) }
    problem = hone_embedding_bag(
      struct_size: UInt64(MemoryLayout<hone_embedding_bag>.size), rows: Int64(shape.rows),
      dim: Int64(dim), bags: Int64(bags), index_count: Int64(lookups),
      table_stride: Int64(tableStride), output_stride: Int64(outputStride),
      index_bytes: shape.indexBytes, pooling: shape.pooling,
      table: UnsafeRawPointer(table.base), indices: UnsafeRawPointer(integers[1].base),
      offsets: UnsafeRawPointer(integers[0].base),
      weights: shape.isWeighted ? UnsafePointer(weights.base) : nil,
      output: UnsafeMutableRawPointer(output.base))
  }

  private static func store(_ values: [Int], _ bytes: Int32) -> FilledBuffer<UInt8> {
    let buffer = FilledBuffer<UInt8>(values.count * Int(bytes)) { _ in 0 }
    for (i, value) in values.enumerated() {
      let raw = UnsafeMutableRawPointer(buffer.base)
      if bytes == 4 {
        raw.storeBytes(of: Int32(value), toByteOffset: i * 4, as: Int32.self)
      } else {
        raw.storeBytes(of: Int64(value), toByteOffset: i * 8, as: Int64.self)
      }
    }
    return buffer
  }

  /// Runs a variant on poisoned output and returns the output with its padding.
  func run(_ row: KernelRow, _ parameters: [Int64], threads: Int) -> (code: Int32, output: [Float])
  {
    for i in 0..<output.count { output.base[i] = poison }
    let code = row.runTogether(&problem, parameters, threads: threads)
    return (code, (0..<output.count).map { output.base[$0] })
  }

  /// What is wrong with an output, or nil.
  func fault(in output: [Float]) -> String? {
    if expected.isEmpty {
      expected = shape.lengths.indices.map { Reference.embeddingBag(problem, bag: $0) }
    }
    let stride = shape.dim + shape.outputPadding
    for (i, value) in output.enumerated() {
      let (bag, column) = stride == 0 ? (0, 0) : (i / stride, i % stride)
      if column >= shape.dim {
        if value.bitPattern != poison.bitPattern { return "padding \(i) was written: \(value)" }
        continue
      }
      let (values, magnitudes, length) = expected[bag]
      let wanted = values[column]
      // Contract/EmbeddingBag.md; the last term is for products that underflow.
      let allowed = (Double(length) + 4) * 0x1p-24 * magnitudes[column] + Double(length) * 0x1p-149
      let isRight =
        wanted.isFinite
        ? (Double(value) - wanted).magnitude <= allowed
        : wanted.isNaN ? value.isNaN : Double(value) == wanted
      if !isRight { return "bag \(bag) column \(column): \(value), not \(wanted) ± \(allowed)" }
    }
    return nil
  }
}
