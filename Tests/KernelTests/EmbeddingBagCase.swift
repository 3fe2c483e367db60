// EmbeddingBagCase.swift: one embedding-bag problem in fenced memory, with what its output must be.

import CHoneKernel
import HoneCore
import KernelReference

@testable import HoneBackends

/// How a problem is drawn; every field may be set before drawing.
struct BagShape {
  var type = BagRowType.f32
  var rows = 17
  var dim = 8
  /// Look-ups of each bag.
  var lengths: [Int] = [3]
  /// In units of the table's stride.
  var tablePadding = 0
  var outputPadding = 0
  var indexBytes: Int32 = 8
  var pooling = Int32(HONE_POOL_SUM)
  var isWeighted = false
  var output = BagOutputType.f32
  var form = Int32(HONE_BAGS_STARTS)
  var scalesFirst = false
  var seed: UInt64 = 1

  static func random(_ generator: inout SeededGenerator, _ type: BagRowType) -> BagShape {
    let dims = [
      0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 96, 100, 127,
      128, 131, 144, 160, 192, 204, 256, 260, 320, 384, 1024,
    ]
    var shape = BagShape(type: type)
    shape.rows = generator.pick([1, 2, 17, 101])
    shape.dim = generator.pick(dims)
    let longest = generator.pick([0, 1, 2, 5, 13, 40])
    shape.lengths = (0..<generator.pick([0, 1, 2, 3, 7, 13])).map { _ in
      generator.below(longest + 1)
    }
    shape.tablePadding = generator.pick([0, 0, 1, 5, 16])
    shape.outputPadding = generator.pick([0, 0, 1, 3, 16])
    shape.indexBytes = generator.pick([4, 8])
    shape.output = generator.pick(BagOutputType.allCases)
    shape.form = generator.pick(
      [HONE_BAGS_STARTS, HONE_BAGS_BORDERS, HONE_BAGS_LENGTHS].map { Int32($0) })
    shape.scalesFirst = type.isScaled && generator.below(2) == 0
    switch generator.below(5) {
    case 0: shape.isWeighted = true
    case 1: shape.pooling = Int32(HONE_POOL_MEAN)
    case 2: shape.pooling = Int32(HONE_POOL_MAX)
    case 3:
      shape.pooling = Int32(HONE_POOL_NONE)
      shape.lengths = Array(repeating: 1, count: shape.lengths.count)
    default: break
    }
    shape.seed = generator.next()
    return shape
  }

  static let outputWords: [BagOutputType: UInt32] = [
    .f32: UInt32(HONE_OUTPUT_F32), .f16: UInt32(HONE_OUTPUT_F16), .bf16: UInt32(HONE_OUTPUT_BF16),
  ]
}

final class BagCase {
  let shape: BagShape
  let table: FilledBuffer<UInt8>
  let weights: FilledBuffer<Float>
  let output: FilledBuffer<UInt8>
  var problem = hone_embedding_bag()
  private let integers: [FilledBuffer<UInt8>]
  private var expected: [ExpectedBag] = []

  init(_ shape: BagShape) {
    self.shape = shape
    var generator = SeededGenerator(seed: shape.seed)
    let (dim, bags, lookups) = (shape.dim, shape.lengths.count, shape.lengths.reduce(0, +))
    let stride = shape.type.leastStride(dim) + shape.tablePadding
    let outputStride = dim + shape.outputPadding
    table = FilledBuffer(
      (shape.rows - 1) * stride * shape.type.strideUnit + shape.type.rowBytes(dim)
    ) { _ in UInt8(generator.below(256)) }
    weights = FilledBuffer(lookups) { _ in generator.centered() * 4 }
    output = FilledBuffer(
      (bags == 0 ? 0 : (bags - 1) * outputStride + dim) * shape.output.bytes
    ) { _ in 0xFF }
    let indices = (0..<lookups).map { _ in generator.below(shape.rows) }
    integers = [Self.offsets(shape), indices].map { BagCase.store($0, shape.indexBytes) }
    problem.struct_size = UInt64(MemoryLayout<hone_embedding_bag>.size)
    problem.rows = Int64(shape.rows)
    problem.dim = Int64(dim)
    problem.bags = Int64(bags)
    problem.index_count = Int64(lookups)
    problem.table_stride = Int64(stride)
    problem.output_stride = Int64(outputStride)
    problem.index_bytes = shape.indexBytes
    problem.pooling = shape.pooling
    problem.output_type = Int32(BagShape.outputWords[shape.output] ?? 0)
    problem.bag_form = shape.form
    problem.scales_first = shape.scalesFirst ? 1 : 0
    problem.table = UnsafeRawPointer(table.base)
    problem.indices = UnsafeRawPointer(integers[1].base)
    problem.offsets =
      shape.pooling == Int32(HONE_POOL_NONE) ? nil : UnsafeRawPointer(integers[0].base)
    problem.weights = shape.isWeighted ? UnsafePointer(weights.base) : nil
    problem.output = UnsafeMutableRawPointer(output.base)
    for row in 0..<shape.rows { fill(row, stride, &generator) }
  }

  /// Numbers of moderate size: random bytes are anything, NaN and infinities included.
  private func fill(_ row: Int, _ stride: Int, _ generator: inout SeededGenerator) {
    let base = UnsafeMutableRawPointer(table.base) + row * stride * shape.type.strideUnit
    switch shape.type {
    case .f32:
      for d in 0..<shape.dim {
        base.storeBytes(of: generator.centered(), toByteOffset: 4 * d, as: Float.self)
      }
    case .f16, .bf16:
      for d in 0..<shape.dim {
        let value = generator.centered()
        let bits =
          shape.type == .f16
          ? Float16(value).bitPattern : UInt16(truncatingIfNeeded: value.bitPattern >> 16)
        base.storeBytes(of: bits, toByteOffset: 2 * d, as: UInt16.self)
      }
    case .u8f32, .u8f16, .u4f32, .u4f16:
      let bytes = shape.type.scaleBytes
      let place = base + (shape.scalesFirst ? 0 : shape.type.rowBytes(shape.dim) - bytes)
      for (i, value) in [generator.centered() / 16, generator.centered() * 3].enumerated() {
        if bytes == 8 {
          place.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
        } else {
          place.storeBytes(
            of: Float16(value).bitPattern, toByteOffset: 2 * i, as: UInt16.self)
        }
      }
    }
  }

  private static func offsets(_ shape: BagShape) -> [Int] {
    if shape.form == Int32(HONE_BAGS_LENGTHS) { return shape.lengths }
    var borders = [0]
    for length in shape.lengths { borders.append(borders[borders.count - 1] + length) }
    return shape.form == Int32(HONE_BAGS_BORDERS) ? borders : borders.dropLast()
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

  /// Runs a variant on poisoned output and returns the output with its padding, as bytes.
  func run(_ row: KernelRow, _ parameters: [Int64], threads: Int) -> (code: Int32, output: [UInt8])
  {
    for i in 0..<output.count { output.base[i] = 0xFF }
    let code = row.runTogether(&problem, parameters, threads: threads)
    return (code, Array(UnsafeBufferPointer(start: output.base, count: output.count)))
  }

  /// What is wrong with an output, or nil.
  func fault(in bytes: [UInt8]) -> String? {
    if expected.isEmpty {
      expected = shape.lengths.indices.map {
        Reference.embeddingBag(problem, shape.type, bag: $0)
      }
    }
    let (stride, width) = (shape.dim + shape.outputPadding, shape.output.bytes)
    for i in 0..<bytes.count / width {
      let (bag, column) = stride == 0 ? (0, 0) : (i / stride, i % stride)
      if column >= shape.dim {
        let isPoison = bytes[i * width..<(i + 1) * width].allSatisfy { $0 == 0xFF }
        if !isPoison { return "padding \(i) was written" }
        continue
      }
      let value = bytes.withUnsafeBytes { shape.output.element($0.baseAddress!, i) }
      if let fault = fault(value, expected[bag], column) {
        return "bag \(bag) column \(column): \(fault)"
      }
    }
    return nil
  }

  private func fault(_ value: Double, _ bag: ExpectedBag, _ column: Int) -> String? {
    let wanted = bag.values[column]
    // Contract/EmbeddingBag.md; the last terms are for products that underflow and for what the output's type cannot tell.
    let sums =
      (Double(bag.length) + 6) * 0x1p-24 * bag.magnitudes[column]
      + 2 * Double(bag.length) * 0x1p-149
    let rounding = shape.output.rounding
    let rounded = rounding.relative == 0 ? 0 : rounding.relative * (abs(wanted) + sums)
    let allowed = sums + rounded + rounding.absolute
    let isRight =
      wanted.isFinite
      ? (value - wanted).magnitude <= allowed : wanted.isNaN ? value.isNaN : value == wanted
    return isRight ? nil : "\(value), not \(wanted) ± \(allowed)"
  }
}
