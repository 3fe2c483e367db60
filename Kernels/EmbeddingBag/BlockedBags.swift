// BlockedBags.swift: a bag is joined in blocks of columns that stay in registers, with rows prefetched ahead: any row format.

import CHoneKernel
import CIntrinsics

// Idea: a row that is in no cache costs about 100 ns; one core can wait for many at once if it asks early. Indices are
// known early, so each look-up asks for the whole row of a look-up `prefetch_distance` further on, across the borders
// of bags (a bag is often shorter than the distance). Sums of up to 16 vectors stay in registers (8 where there are 16 registers); a
// longer dimension takes several passes over the bag, of which the first prefetches and the others find their rows in L1 or L2.
//
//              column 0        16 vectors          32            7 vectors
//   row i      |---------------|-------------------|-------------|==|     (the last vector is masked)
//   pass       1 (prefetches)  2                   3
//
// Limit: cache lines in flight (L1 and L2 miss buffers) times line size over memory latency; with 4 KiB pages also the
// page walks behind the second-level TLB.

/// Vectors of columns that one pass may take.
@inline(__always) var widestPass: Int {
  #if HONE_REGISTERS_32
    return 16
  #else
    return 8
  #endif
}

/// Parameters in the order of the catalogue.
private struct Blocking {
  let distance: Int64
  let level: Int64
  let nearDistance: Int64
  let partition: Int64
  let block: Int
  let streams: Bool
  let isStraight: Bool

  /// - Parameter isScaled: then the last parameter is not there.
  init?(_ parameters: UnsafePointer<Int64>?, isScaled: Bool) {
    guard let p = parameters, 0...128 ~= p[0], 0...3 ~= p[1], 0...2 ~= p[2],
      1...Int64(widestPass) ~= p[3], 0...1 ~= p[4], 0...32 ~= p[5], isScaled || 0...1 ~= p[6]
    else { return nil }
    (distance, level, partition, block, streams) = (p[0], p[1], p[2], Int(p[3]), p[4] == 1)
    nearDistance = p[5]
    isStraight = !isScaled && p[6] == 1
  }
}

/// The entry points of a row of the catalogue.
enum BlockedBags<Format: RowFormat> {
  static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
    guard Blocking(parameters, isScaled: Format.isScaled) != nil else {
      return Int32(HONE_KERNEL_BAD_ARGUMENT)
    }
    return checkBags(problem, Format.self)
  }

  static func run(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    guard let blocking = Blocking(parameters, isScaled: Format.isScaled), let team,
      let call = checkedBags(problem, team, Format.self)
    else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    guard call.bags > 0, call.dim > 0 else { return Int32(HONE_KERNEL_OK) }
    let bags = Bags(call, Format.self)
    let share = bags.share(team.pointee, blocking.partition)
    guard !share.bags.isEmpty, !share.columns.isEmpty else { return Int32(HONE_KERNEL_OK) }
    if bags.isWide {
      join(bags, share, blocking, call.pooling, Int64.self)
    } else {
      join(bags, share, blocking, call.pooling, Int32.self)
    }
    return Int32(HONE_KERNEL_OK)
  }

  private static func join<Index: FixedWidthInteger>(
    _ bags: Bags, _ share: BagShare, _ blocking: Blocking, _ pooling: Int32, _ index: Index.Type
  ) {
    if pooling == Int32(HONE_POOL_MAX) {
      BagShape<Format, Largest, Index>.run(bags, share, blocking)
    } else if bags.isWeighted {
      BagShape<Format, WeightedSum, Index>.run(bags, share, blocking)
    } else {
      BagShape<Format, PlainSum, Index>.run(bags, share, blocking)
    }
  }
}

/// Chooses the passes for a dimension.
private enum BagShape<Format: RowFormat, Pooling: BagPooling, Index: FixedWidthInteger> {
  static func run(_ bags: Bags, _ share: BagShare, _ blocking: Blocking) {
    let prefetch = RowPrefetch(
      bags, share, distance: blocking.distance, level: blocking.level,
      nearDistance: blocking.nearDistance, isStraight: blocking.isStraight,
      isScaled: Format.isScaled)
    prefetch.start(bags, from: share.lookups.lowerBound, Index.self)
    let streams = blocking.streams && isAligned(bags)
    let vectors = (share.columns.count + lanes - 1) / lanes
    if Pooling.width(min(vectors, blocking.block)) == vectors {
      pass(bags, share.bags, share.lookups.lowerBound, share, 0, vectors, prefetch, streams)
    } else {
      // All passes of a bag before the next bag: they read the same rows.
      var begin = share.lookups.lowerBound
      for bag in share.bags {
        var done = 0
        while done < vectors {
          let width = Pooling.width(min(vectors - done, blocking.block))
          pass(bags, bag..<bag + 1, begin, share, done, width, prefetch, streams)
          done += width
        }
        begin = bags.end(bag, from: begin, Index.self)
      }
    }
    if streams { CIntrinsics_fenceStores() }
  }

  private static func isAligned(_ bags: Bags) -> Bool {
    let vector = MemoryLayout<FloatVector>.size
    return bags.outputType == Int32(HONE_OUTPUT_F32) && bags.dim % lanes == 0
      && (Int(bitPattern: bags.output) | bags.outputStrideBytes) % vector == 0
  }

  /// The pass of `width` vectors from vector `done` of the share's columns on.
  @inline(__always)
  private static func pass(
    _ bags: Bags, _ range: Range<Int>, _ begin: Int, _ share: BagShare, _ done: Int, _ width: Int,
    _ prefetch: RowPrefetch, _ streams: Bool
  ) {
    let first = share.columns.lowerBound + done * lanes
    let last = min(share.columns.upperBound - first - (width - 1) * lanes, lanes)
    let columns = BagColumns(first: first, lastLanes: last, isAhead: done == 0, streams: streams)
    switch width {
    case 1: BagPass<Format, Pooling, Index, 1>.run(bags, range, from: begin, columns, prefetch)
    case 2: BagPass<Format, Pooling, Index, 2>.run(bags, range, from: begin, columns, prefetch)
    case 4: BagPass<Format, Pooling, Index, 4>.run(bags, range, from: begin, columns, prefetch)
    default: wide(width, bags, range, begin, columns, prefetch)
    }
  }

  /// Widths that not every pooling has.
  @inline(__always)
  private static func wide(
    _ width: Int, _ bags: Bags, _ range: Range<Int>, _ begin: Int, _ columns: BagColumns,
    _ prefetch: RowPrefetch
  ) {
    guard Pooling.isSum else { return }
    if width == 8 {
      return BagPass<Format, Pooling, Index, 8>.run(bags, range, from: begin, columns, prefetch)
    }
    guard !Pooling.isWeighted else { return }
    switch width {
    case 3: BagPass<Format, Pooling, Index, 3>.run(bags, range, from: begin, columns, prefetch)
    case 6: BagPass<Format, Pooling, Index, 6>.run(bags, range, from: begin, columns, prefetch)
    #if HONE_REGISTERS_32
      case 12: BagPass<Format, Pooling, Index, 12>.run(bags, range, from: begin, columns, prefetch)
      case 16: BagPass<Format, Pooling, Index, 16>.run(bags, range, from: begin, columns, prefetch)
    #endif
    default: return
    }
  }
}
