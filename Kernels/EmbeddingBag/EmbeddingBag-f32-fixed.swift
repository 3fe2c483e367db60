// EmbeddingBag-f32-fixed.swift: a whole row in registers, for the dimensions whose vectors all fit there.

import CHoneKernel

// Idea: one pass over each bag, nothing but loads, multiply-adds and prefetches in the loop. The dimension is a whole
// number of vectors and known at compile time: 1, 2, 4, 6, 8 or 12 vectors with 16 registers, up to 24 with 32.
// Registers: one a vector of the row, and 1 weight.

private struct Fixing {
  let distance: Int64
  let level: Int64
  let isBalanced: Bool

  init?(_ parameters: UnsafePointer<Int64>?) {
    guard let p = parameters, 0...64 ~= p[0], 0...3 ~= p[1], 0...1 ~= p[2] else { return nil }
    (distance, level, isBalanced) = (p[0], p[1], p[2] == 1)
  }
}

@c(hone_embedding_bag_f32_fixed_check)
public func embedding_bag_f32_fixed_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  guard Fixing(parameters) != nil else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  let answer = checkBags(problem)
  guard answer == HONE_KERNEL_OK, let problem else { return answer }
  let dim = problem.assumingMemoryBound(to: hone_embedding_bag.self).pointee.dim
  return Int32(isFixed(Int(dim)) ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
}

@c(hone_embedding_bag_f32_fixed)
public func embedding_bag_f32_fixed(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  guard let fixing = Fixing(parameters), let team, let call = checkedBags(problem, team)
  else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  guard isFixed(Int(call.dim)) else { return Int32(HONE_KERNEL_UNSUPPORTED) }
  var one: Float = 1
  if call.index_bytes == 4 {
    runFixed(Bags<Int32>(call, one: &one), fixing, team.pointee)
  } else {
    runFixed(Bags<Int64>(call, one: &one), fixing, team.pointee)
  }
  return Int32(HONE_KERNEL_OK)
}

private func isFixed(_ dim: Int) -> Bool {
  guard dim % lanes == 0 else { return false }
  switch dim / lanes {
  case 1, 2, 4, 6, 8, 12: return true
  #if HONE_REGISTERS_32
    case 16, 20, 24: return true
  #endif
  default: return false
  }
}

private func runFixed<Index>(_ bags: Bags<Index>, _ fixing: Fixing, _ team: hone_kernel_team) {
  let share = bags.share(team, balanced: fixing.isBalanced)
  let prefetch = RowPrefetch(bags, share: share, distance: fixing.distance, level: fixing.level)
  prefetch.start(bags, from: bags.start(share.lowerBound))
  switch bags.dim / lanes {
  case 1: FixedRow<1>.run(bags, share, prefetch)
  case 2: FixedRow<2>.run(bags, share, prefetch)
  case 4: FixedRow<4>.run(bags, share, prefetch)
  case 6: FixedRow<6>.run(bags, share, prefetch)
  case 8: FixedRow<8>.run(bags, share, prefetch)
  case 12: FixedRow<12>.run(bags, share, prefetch)
  #if HONE_REGISTERS_32
    case 16: FixedRow<16>.run(bags, share, prefetch)
    case 20: FixedRow<20>.run(bags, share, prefetch)
    case 24: FixedRow<24>.run(bags, share, prefetch)
  #endif
  default: return
  }
}

private enum FixedRow<let NV: Int> {
  @inline(never)
  static func run<Index>(_ bags: Bags<Index>, _ share: Range<Int>, _ prefetch: RowPrefetch) {
    for bag in share {
      let lookups = bags.start(bag)..<bags.start(bag + 1)
      let output = bags.output + bag * bags.outputStride
      BagBlock<NV>.sum(bags, lookups, column: 0, into: output, prefetch, ahead: true)
    }
  }
}
