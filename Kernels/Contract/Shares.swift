// Shares.swift: how the threads of a team divide a range among them.

/// The part of `0..<total` that belongs to worker `index` of `count`: a contiguous run of whole units (the last unit
/// may be cut by `total`); the parts differ by one unit at most.
@inline(__always)
func share(of total: Int, unit: Int, index: Int, count: Int) -> Range<Int> {
  let units = (total + unit - 1) / unit
  let start = units * index / count * unit
  let end = units * (index + 1) / count * unit
  return min(start, total)..<min(end, total)
}

/// The smallest multiple of `unit` that is not below `value`.
@inline(__always)
func roundUp(_ value: Int, _ unit: Int) -> Int { (value + unit - 1) / unit * unit }

/// How long equal blocks of `total` are when none may be longer than `limit`: 520 in blocks of 512 is 2 of 260.
@inline(__always)
func evenBlock(_ total: Int, limit: Int, unit: Int) -> Int {
  let blocks = max(1, (total + limit - 1) / limit)
  return max(unit, roundUp((total + blocks - 1) / blocks, unit))
}
