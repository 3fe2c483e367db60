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

  var isWhole: Bool { lastLanes == lanes }
}

/// How the terms of a bag are joined.
protocol BagPooling {
  static var initial: Float { get }
  static var isSum: Bool { get }
  static var isWeighted: Bool { get }
  /// The widest pass that there is of at most `vectors`: the cases of `BagShape.pass`.
  static func width(_ vectors: Int) -> Int
}

enum PlainSum: BagPooling {
  @inline(__always) static var initial: Float { 0 }
  @inline(__always) static var isSum: Bool { true }
  @inline(__always) static var isWeighted: Bool { false }
  static func width(_ vectors: Int) -> Int {
    switch vectors {
    case ...4: vectors
    case 5: 4
    case 6, 7: 6
    case 8...11: 8
    case 12...15: min(12, widestPass)
    default: widestPass
    }
  }
}

enum WeightedSum: BagPooling {
  @inline(__always) static var initial: Float { 0 }
  @inline(__always) static var isSum: Bool { true }
  @inline(__always) static var isWeighted: Bool { true }
  static func width(_ vectors: Int) -> Int {
    vectors >= 8 ? 8 : vectors >= 4 ? 4 : min(vectors, 2)
  }
}

enum Largest: BagPooling {
  @inline(__always) static var initial: Float { -.infinity }
  @inline(__always) static var isSum: Bool { false }
  @inline(__always) static var isWeighted: Bool { false }
  static func width(_ vectors: Int) -> Int { vectors >= 4 ? 4 : min(vectors, 2) }
}

/// `NV` vectors of columns, the last one perhaps in part. Registers: NV sums, a factor, and what the format converts with; rows of
/// floats are read by the addition itself.
enum BagPass<
  Format: RowFormat, Pooling: BagPooling, Index: FixedWidthInteger, let NV: Int
> {
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
      let end = bags.end(bag, from: begin, Index.self)
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
    var pairs = SIMD4<Float>(repeating: 0)
    var i = begin
    if columns.isAhead {
      let last = min(end, prefetch.end)
      let bytes = Format.dataBytes(NV * lanes)
      if !Format.isScaled && columns.isWhole && prefetch.asksWhole(bytes) {
        while i < last {
          add(bags, data, i, columns, isWhole: true, &sums, &pairs)
          prefetch.askWhole(bags.place(i + prefetch.distance, Index.self), bytes)
          if prefetch.nearDistance > 0 {
            prefetch.askNear(bags.place(i + prefetch.nearDistance, Index.self))
          }
          i += 1
        }
      }
      while i < last {
        add(bags, data, i, columns, isWhole: columns.isWhole, &sums, &pairs)
        prefetch.ask(bags.place(i + prefetch.distance, Index.self))
        if prefetch.nearDistance > 0 {
          prefetch.askNear(bags.place(i + prefetch.nearDistance, Index.self))
        }
        i += 1
      }
    }
    while i < end {
      add(bags, data, i, columns, isWhole: columns.isWhole, &sums, &pairs)
      i += 1
    }
    if Pooling.isSum {
      if Format.isScaled {
        for v in 0..<NV { sums[v] += FloatVector(repeating: pairs[1]) }
      }
      if bags.isMean {
        let scale = FloatVector(repeating: bags.scale(end - begin))
        for v in 0..<NV { sums[v] *= scale }
      }
    } else if begin == end {
      // A bag without look-ups is zero, not -infinity.
      for v in 0..<NV { sums[v] = FloatVector(repeating: 0) }
    }
    for v in 0..<NV { sums[v] = Format.ordered(sums[v]) }
    store(sums, bags, columns, output)
  }

  @inline(__always)
  private static func add(
    _ bags: Bags, _ data: UnsafeRawPointer, _ i: Int, _ columns: BagColumns,
    isWhole: Bool, _ sums: inout InlineArray<NV, FloatVector>, _ pairs: inout SIMD4<Float>
  ) {
    let place = bags.place(i, Index.self)
    let data = data + place
    var pair = SIMD4<Float>(repeating: 1)
    if Format.isScaled { pair = Format.scaleAndBias(bags.table + bags.scaleOffset + place) }
    if Pooling.isWeighted { pair *= bags.weights[i] }
    if Format.isScaled && Pooling.isSum { pairs += pair }
    for v in 0..<NV {
      let x =
        v < NV - 1 || isWhole
        ? Format.load(data, v * lanes) : Format.loadFirst(data, v * lanes, columns.lastLanes)
      sums[v] = joined(sums[v], x, pair)
    }
  }

  /// - Parameter pair: what elements are multiplied by, and what is added to them for a maximum.
  @inline(__always)
  private static func joined(
    _ sum: FloatVector, _ x: FloatVector, _ pair: SIMD4<Float>
  ) -> FloatVector {
    let factors = FloatVector(repeating: pair[0])
    if Pooling.isSum {
      return Format.isScaled || Pooling.isWeighted ? multiplyAdd(sum, factors, x) : sum + x
    }
    let value = Format.isScaled ? multiplyAdd(FloatVector(repeating: pair[1]), factors, x) : x
    return CIntrinsics_largest(sum, value)
  }

  @inline(__always)
  private static func store(
    _ sums: InlineArray<NV, FloatVector>, _ bags: Bags, _ columns: BagColumns,
    _ row: UnsafeMutableRawPointer
  ) {
    guard bags.outputType == Int32(HONE_OUTPUT_F32) else {
      return storeRounded(sums, bags.outputType, columns, row)
    }
    let output = (row + 4 * columns.first).assumingMemoryBound(to: Float.self)
    if columns.streams {
      for v in 0..<NV { CIntrinsics_streamF32(output + v * lanes, sums[v]) }
      return
    }
    for v in 0..<NV - 1 { storeVector(sums[v], output + v * lanes) }
    if columns.isWhole {
      storeVector(sums[NV - 1], output + (NV - 1) * lanes)
    } else {
      storePartial(sums[NV - 1], output + (NV - 1) * lanes, laneMask(columns.lastLanes))
    }
  }
}

extension BagPass {
  /// Whole vectors here, where the CPU rounds them: a call would take half as long as a short bag.
  @inline(__always)
  private static func storeRounded(
    _ sums: InlineArray<NV, FloatVector>, _ type: Int32, _ columns: BagColumns,
    _ row: UnsafeMutableRawPointer
  ) {
    let place = row + 2 * columns.first
    if columns.isWhole && type == Int32(HONE_OUTPUT_F16) && CIntrinsics_roundsToF16() {
      for v in 0..<NV { CIntrinsics_storeAsF16(place + 2 * v * lanes, sums[v], Int64(lanes)) }
    } else if columns.isWhole && type == Int32(HONE_OUTPUT_BF16) && CIntrinsics_roundsToBF16() {
      for v in 0..<NV { CIntrinsics_storeAsBF16(place + 2 * v * lanes, sums[v], Int64(lanes)) }
    } else {
      // A copy for the call: it takes an address, and the sums themselves shall have none, or every bag would store them twice.
      BagRounding<NV>.store(
        InlineArray<NV, FloatVector> { v in sums[v] }, type, columns, row)
    }
  }
}

/// Outputs in 16 bits, where it takes more than an instruction: once a bag, so all formats share it.
enum BagRounding<let NV: Int> {
  @inline(never)
  static func store(
    _ sums: InlineArray<NV, FloatVector>, _ type: Int32, _ columns: BagColumns,
    _ row: UnsafeMutableRawPointer
  ) {
    for v in 0..<NV {
      let place = row + 2 * (columns.first + v * lanes)
      let count = v < NV - 1 ? Int64(lanes) : Int64(columns.lastLanes)
      if type == Int32(HONE_OUTPUT_F16) {
        CIntrinsics_storeAsF16(place, sums[v], count)
      } else {
        CIntrinsics_storeAsBF16(place, sums[v], count)
      }
    }
  }
}
