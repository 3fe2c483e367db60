// BagPrecision.swift: the same embedding-bag from a table in fewer bits, for problems that allow an error (max-error).

internal import CHoneKernel
internal import Dispatch
public import HoneCore
public import HoneHost
internal import KernelReference

/// A table may be stored coarser than the problem says. What error that makes is not promised but measured, on the problem's own rows.
public enum BagPrecision {
  /// Types of a problem → coarser ones, finest first.
  private static let coarser: [String: [String]] = [
    "f32": ["f16", "bf16", "u8f32", "u8f16", "u4f32", "u4f16"],
    "f16": ["u8f32", "u8f16", "u4f32", "u4f16"], "bf16": ["u8f32", "u8f16", "u4f32", "u4f16"],
    "u8f32": ["u8f16", "u4f32", "u4f16"], "u8f16": ["u4f32", "u4f16"], "u4f32": ["u4f16"],
  ]

  /// What `problem` allows, relative to the sum of the magnitudes of an element's terms; nil: what its types do by themselves.
  static func maxError(of problem: Problem) -> Double? {
    problem.attributes["max-error"].flatMap(Double.init)
  }

  /// Empty for problems that allow no error.
  static func coarser(than problem: Problem) -> [Problem] {
    guard maxError(of: problem) != nil else { return [] }
    return (coarser[problem.types] ?? []).map { types in
      var other = problem
      other.types = types
      return other
    }
  }

  static func isKnown(_ types: String) -> Bool { coarser[types] != nil }

  /// The table of `arguments`, a hone_embedding_bag of `problem`, in the types of `coarser`; the arguments then describe that table.
  /// - Throws: `HoneError` where there is no memory for it.
  public static func convert(
    _ problem: Problem, to coarser: Problem, _ arguments: UnsafeMutableRawPointer
  ) throws -> MemoryRegion {
    let p = arguments.assumingMemoryBound(to: hone_embedding_bag.self)
    let converter = RowConverter(
      p.pointee, from: EmbeddingBagOperation.rowType(of: problem),
      to: EmbeddingBagOperation.rowType(of: coarser))
    let region = try MemoryRegion(bytes: Int(p.pointee.rows) * converter.rowBytes)
    converter.run(Int(p.pointee.rows), into: region.base)
    adopt(coarser, into: arguments)
    p.pointee.table = UnsafeRawPointer(region.base)
    return region
  }

  /// What a coarser problem says of its table, put into the arguments of the finer one.
  public static func adopt(_ coarser: Problem, into arguments: UnsafeMutableRawPointer) {
    let sizes = EmbeddingBagOperation.sizes(of: coarser)
    let p = arguments.assumingMemoryBound(to: hone_embedding_bag.self)
    (p.pointee.table_stride, p.pointee.scales_first) = (sizes.table_stride, sizes.scales_first)
  }
}

/// Rounds rows to nearest; to whole numbers between a row's smallest and largest element, as FBGEMM does.
private struct RowConverter {
  private let source: hone_embedding_bag
  private let (from, to): (BagRowType, BagRowType)
  private let dim: Int
  let rowBytes: Int

  init(_ source: hone_embedding_bag, from: BagRowType, to: BagRowType) {
    (self.source, self.from, self.to) = (source, from, to)
    dim = Int(source.dim)
    rowBytes = to.rowBytes(dim)
  }

  func run(_ rows: Int, into target: UnsafeMutableRawPointer) {
    nonisolated(unsafe) let (converter, target) = (self, target)
    let block = 4096
    DispatchQueue.concurrentPerform(iterations: (rows + block - 1) / block) { index in
      var values = [Float](repeating: 0, count: converter.dim)
      for row in index * block..<min(rows, (index + 1) * block) {
        converter.read(row, &values)
        converter.write(values, target + row * converter.rowBytes)
      }
    }
  }

  private func read(_ row: Int, _ values: inout [Float]) {
    guard let table = source.table else { return }
    let base = table + row * Int(source.table_stride) * from.strideUnit
    guard from != .f32 else {
      for d in 0..<dim { values[d] = (base + 4 * d).loadUnaligned(as: Float.self) }
      return
    }
    let exact = from.row(base, dim, first: source.scales_first != 0).values
    for d in 0..<dim { values[d] = Float(exact[d]) }
  }

  private func write(_ values: [Float], _ row: UnsafeMutableRawPointer) {
    switch to {
    case .f32:
      for d in 0..<dim { row.storeBytes(of: values[d], toByteOffset: 4 * d, as: Float.self) }
    case .f16:
      for d in 0..<dim {
        row.storeBytes(of: Float16(values[d]).bitPattern, toByteOffset: 2 * d, as: UInt16.self)
      }
    case .bf16:
      for d in 0..<dim {
        row.storeBytes(of: values[d].roundedToBF16, toByteOffset: 2 * d, as: UInt16.self)
      }
    case .u8f32, .u8f16, .u4f32, .u4f16: writeScaled(values, row)
    }
  }

  private func writeScaled(_ values: [Float], _ row: UnsafeMutableRawPointer) {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let steps = Float(1 << to.bits) - 1
    let isFirst = source.scales_first != 0 && from.isScaled
    let place = row + (isFirst ? 0 : rowBytes - to.scaleBytes)
    let data = row + (isFirst ? to.scaleBytes : 0)
    let (scale, bias) = store((high - low) / steps, low, place)
    memset(data, rowBytes - to.scaleBytes)
    for d in 0..<dim {
      let step = scale > 0 ? ((values[d] - bias) / scale).rounded(.toNearestOrEven) : 0
      let q = UInt8(step >= 0 ? min(step, steps) : 0)
      if to.bits == 8 {
        data.storeBytes(of: q, toByteOffset: d, as: UInt8.self)
      } else {
        let pair = data.load(fromByteOffset: d / 2, as: UInt8.self)
        data.storeBytes(of: pair | (d & 1 == 0 ? q : q << 4), toByteOffset: d / 2, as: UInt8.self)
      }
    }
  }

  private func memset(_ data: UnsafeMutableRawPointer, _ count: Int) {
    data.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  /// Elements are divided by the scale and the bias as they are stored.
  private func store(
    _ scale: Float, _ bias: Float, _ place: UnsafeMutableRawPointer
  ) -> (scale: Float, bias: Float) {
    guard to.scaleBytes == 4 else {
      place.storeBytes(of: scale, as: Float.self)
      place.storeBytes(of: bias, toByteOffset: 4, as: Float.self)
      return (scale, bias)
    }
    let (halfScale, halfBias) = (Float16(scale), Float16(bias))
    place.storeBytes(of: halfScale.bitPattern, as: UInt16.self)
    place.storeBytes(of: halfBias.bitPattern, toByteOffset: 2, as: UInt16.self)
    return (Float(halfScale), Float(halfBias))
  }
}
