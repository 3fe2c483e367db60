// EmbeddingBag+Share.swift: the bags and columns of one thread of a team. A thread finds its own borders, so the team never has to meet.

import CHoneKernel

/// How threads divide a call; the values of the parameter "partition".
enum BagPartition {
  static var bags: Int64 { 0 }
  static var lookups: Int64 { 1 }
  static var columns: Int64 { 2 }
}

/// One thread's part of a call.
struct BagShare {
  var bags: Range<Int>
  /// Where the first of these bags begins and the last one ends.
  var lookups: Range<Int>
  var columns: Range<Int>
}

extension Bags {
  /// - Parameter partition: a `BagPartition`.
  func share(_ team: hone_kernel_team, _ partition: Int64) -> BagShare {
    let (thread, threads) = (Int(team.index), Int(team.count))
    if partition == BagPartition.columns, threads > 1 {
      // Whole vectors; a nibble's byte is never shared.
      let columns = divided(dim, unit: 16, thread, threads)
      return BagShare(bags: 0..<count, lookups: start(0)..<start(count), columns: columns)
    }
    guard partition == BagPartition.lookups, threads > 1 else {
      let mine = count * thread / threads..<count * (thread + 1) / threads
      return BagShare(
        bags: mine, lookups: start(mine.lowerBound)..<start(mine.upperBound), columns: 0..<dim)
    }
    let (low, high) = (lookupBorder(thread, threads), lookupBorder(thread + 1, threads))
    return BagShare(bags: low..<high, lookups: start(low)..<start(high), columns: 0..<dim)
  }

  /// The first bag whose cost so far reaches the thread's part. A bag costs its look-ups, and one for its output row;
  /// so a crowd of empty bags is shared too.
  private func lookupBorder(_ thread: Int, _ threads: Int) -> Int {
    let origin = start(0)
    let wanted = (start(count) - origin + count) * thread / threads
    if isLengths { return lengthBorder(wanted) }
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if start(middle) - origin + middle < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func lengthBorder(_ wanted: Int) -> Int {
    var (bag, begin) = (0, 0)
    while bag < count && begin + bag < wanted {
      begin = end(bag, from: begin)
      bag += 1
    }
    return bag
  }
}

/// `share(of:)` under a name that a method of `Bags` does not hide.
private func divided(_ total: Int, unit: Int, _ index: Int, _ count: Int) -> Range<Int> {
  share(of: total, unit: unit, index: index, count: count)
}
