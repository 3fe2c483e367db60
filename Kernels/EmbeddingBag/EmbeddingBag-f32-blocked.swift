// EmbeddingBag-f32-blocked.swift: a bag is summed in blocks of columns that stay in registers, with rows prefetched ahead.

import CHoneKernel

// Idea: a row that is in no cache costs about 100 ns; one core can wait for many at once if it asks early. Indices are
// known early, so each look-up asks for the whole row of a look-up `prefetch_distance` further on, across the borders
// of bags (a bag is often shorter than the distance). Sums of up to 8 vectors stay in registers; a longer dimension
// takes several passes over the bag, of which the first prefetches and the others find their rows in L1 or L2.
//
//              column 0        8 vectors           16            4  2  1   last vector
//   row i      |---------------|-------------------|-------------|--|-|====|   (the last one overlaps)
//   pass       1 (prefetches)  2                   3             4  5 6
//
// Limit: cache lines in flight (L1 and L2 miss buffers) times line size over memory latency; with 4 KiB pages also the
// page walks behind the second-level TLB.

/// Parameters in the order of the catalogue.
private struct Blocking {
  let distance: Int64
  let level: Int64
  let isBalanced: Bool
  let block: Int64

  init?(_ parameters: UnsafePointer<Int64>?) {
    guard let p = parameters, 0...64 ~= p[0], 0...3 ~= p[1], 0...1 ~= p[2], 1...8 ~= p[3]
    else { return nil }
    (distance, level, isBalanced, block) = (p[0], p[1], p[2] == 1, p[3])
  }
}

@c(hone_embedding_bag_f32_blocked_check)
public func embedding_bag_f32_blocked_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  guard Blocking(parameters) != nil else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  return checkBags(problem)
}

@c(hone_embedding_bag_f32_blocked)
public func embedding_bag_f32_blocked(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  guard let blocking = Blocking(parameters), let team, let call = checkedBags(problem, team)
  else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  var one: Float = 1
  if call.index_bytes == 4 {
    runBlocked(Bags<Int32>(call, one: &one), blocking, team.pointee)
  } else {
    runBlocked(Bags<Int64>(call, one: &one), blocking, team.pointee)
  }
  return Int32(HONE_KERNEL_OK)
}

private func runBlocked<Index>(_ bags: Bags<Index>, _ blocking: Blocking, _ team: hone_kernel_team)
{
  let share = bags.share(team, balanced: blocking.isBalanced)
  let prefetch = RowPrefetch(
    bags, share: share, distance: blocking.distance, level: blocking.level)
  prefetch.start(bags, from: bags.start(share.lowerBound))
  for bag in share {
    let lookups = bags.start(bag)..<bags.start(bag + 1)
    let output = bags.output + bag * bags.outputStride
    if bags.dim < lanes {
      NarrowBag.sum(bags, lookups, into: output, prefetch)
    } else if lookups.isEmpty {
      for column in 0..<bags.dim { output[column] = 0 }
    } else {
      sumBlocks(bags, lookups, into: output, prefetch, widest: Int(blocking.block))
    }
  }
}

@inline(__always)
private func sumBlocks<Index>(
  _ bags: Bags<Index>, _ lookups: Range<Int>, into output: UnsafeMutablePointer<Float>,
  _ prefetch: RowPrefetch, widest: Int
) {
  var column = 0
  // Column blocks, widest first; all of them take the same rows, so only the first has to wait for memory.
  while column < bags.dim {
    let left = (bags.dim - column) / lanes
    let width = left < widest ? left : widest
    let isFirst = column == 0
    if width >= 8 {
      BagBlock<8>.sum(bags, lookups, column: column, into: output, prefetch, ahead: isFirst)
      column += 8 * lanes
    } else if width >= 4 {
      BagBlock<4>.sum(bags, lookups, column: column, into: output, prefetch, ahead: isFirst)
      column += 4 * lanes
    } else if width >= 2 {
      BagBlock<2>.sum(bags, lookups, column: column, into: output, prefetch, ahead: isFirst)
      column += 2 * lanes
    } else {
      if width == 0 { column = bags.dim - lanes }
      BagBlock<1>.sum(bags, lookups, column: column, into: output, prefetch, ahead: isFirst)
      column += lanes
    }
  }
}
