// EmbeddingBag+Pass.swift: the inner loop: one bag's look-ups joined for a block of columns held in registers, then stored.

import CHoneKernel
import CIntrinsics

/// A block of columns that one pass over a bag computes.
struct BagColumns {
  /// The first one.
  var first: Int
  /// Lanes of the block's last vector.
  var lastLanes: Int
  /// Does this pass ask for rows ahead?
  var isAhead: Bool
  /// Store past the caches? Vectors of the output are aligned then, and whole.
  var streams: Bool
}

/// Joins the terms of a bag. `Sum` and `Largest` are the two ways.
protocol BagPooling {
  static var initial: Float { get }
  static var isSum: Bool { get }
}

enum Sum: BagPooling {
  @inline(__always) static var initial: Float { 0 }
  @inline(__always) static var isSum: Bool { true }
}

enum Largest: BagPooling {
  @inline(__always) static var initial: Float { -.infinity }
  @inline(__always) static var isSum: Bool { false }
}

/// `NV` vectors of columns, the last one partly used. Registers: NV sums, a factor, and what the format converts with; rows of
/// floats are read by the multiply-add itself.
enum BagPass<Format: RowFormat, Pooling: BagPooling, let NV: Int> {
  /// Does the pass for all bags of a share: `begin` is where the first one begins.
  @inline(never)
  static func run(
    _ bags: Bags, _ share: Range<Int>, from begin: Int, _ columns: BagColumns,
    _ prefetch: RowPrefetch
  ) {
    var begin = begin
    var output = bags.output + share.lowerBound * bags.outputStrideBytes
    let data = bags.table + bags.dataOffset + Format.dataBytes(columns.first)
    for bag in share {
      let end = bags.end(bag, from: begin)
      one(bags, data, begin, end, columns, prefetch, into: output)
      begin = end
      output += bags.outputStrideBytes
    }
  }

  @inline(__always)
  private static func one(
    _ bags: Bags, _ data: UnsafeRawPointer, _ begin: Int, _ end: Int, _ columns: BagColumns,
    _ prefetch: RowPrefetch, into output: UnsafeMutableRawPointer
  ) {
    var sums = InlineArray<NV, FloatVector> { _ in FloatVector(repeating: Pooling.initial) }
    var bias: Float = 0
    var i = begin
    if columns.isAhead {
      let last = min(end, prefetch.end)
      while i < last {
        add(bags, data, i, columns, &sums, &bias)
        prefetch(bags, i)
        i += 1
      }
    }
    while i < end {
      add(bags, data, i, columns, &sums, &bias)
      i += 1
    }
    if Pooling.isSum {
      let scale = FloatVector(repeating: bags.scale(end - begin))
      for v in 0..<NV {
        let sum = Format.isScaled ? sums[v] + FloatVector(repeating: bias) : sums[v]
        sums[v] = Format.ordered(sum * scale)
      }
    } else {
      // A bag without look-ups is zero, not -infinity.
      let keep: Float = begin == end ? 0 : 1
      for v in 0..<NV {
        sums[v] = keep == 0 ? FloatVector(repeating: 0) : Format.ordered(sums[v])
      }
    }
    store(sums, bags, columns, output)
  }

  @inline(__always)
  private static func add(
    _ bags: Bags, _ data: UnsafeRawPointer, _ i: Int, _ columns: BagColumns,
    _ sums: inout InlineArray<NV, FloatVector>, _ bias: inout Float
  ) {
    let place = bags.place(i)
    let data = data + place
    var factor: Float = 1
    var shift: Float = 0
    if Format.isScaled { (factor, shift) = Format.scale(bags.table + bags.scaleOffset + place) }
    if Pooling.isSum {
      let weight = bags.weights[i &* bags.weightStep]
      bias += weight * shift
      factor *= weight
    }
    let factors = FloatVector(repeating: factor)
    for v in 0..<NV {
      let x =
        v < NV - 1
        ? Format.load(data, v * lanes) : Format.loadFirst(data, v * lanes, columns.lastLanes)
      sums[v] = joined(sums[v], x, factors, shift)
    }
  }

  @inline(__always)
  private static func joined(
    _ sum: FloatVector, _ x: FloatVector, _ factors: FloatVector, _ shift: Float
  ) -> FloatVector {
    if Pooling.isSum { return multiplyAdd(sum, factors, x) }
    let value = Format.isScaled ? multiplyAdd(FloatVector(repeating: shift), factors, x) : x
    return CIntrinsics_largest(sum, value)
  }

  @inline(__always)
  private static func store(
    _ sums: InlineArray<NV, FloatVector>, _ bags: Bags, _ columns: BagColumns,
    _ row: UnsafeMutableRawPointer
  ) {
    if bags.outputType == Int32(HONE_OUTPUT_F32) {
      let output = (row + 4 * columns.first).assumingMemoryBound(to: Float.self)
      if columns.streams {
        for v in 0..<NV { CIntrinsics_streamF32(output + v * lanes, sums[v]) }
        return
      }
      for v in 0..<NV - 1 { storeVector(sums[v], output + v * lanes) }
      storePartial(sums[NV - 1], output + (NV - 1) * lanes, laneMask(columns.lastLanes))
    } else if bags.outputType == Int32(HONE_OUTPUT_F16) {
      for v in 0..<NV {
        CIntrinsics_storeAsF16(
          row + 2 * (columns.first + v * lanes), sums[v],
          v < NV - 1 ? Int64(lanes) : Int64(columns.lastLanes))
      }
    } else {
      for v in 0..<NV {
        CIntrinsics_storeAsBF16(
          row + 2 * (columns.first + v * lanes), sums[v],
          v < NV - 1 ? Int64(lanes) : Int64(columns.lastLanes))
      }
    }
  }
}
