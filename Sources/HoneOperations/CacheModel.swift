// CacheModel.swift: block sizes of packed GEMM from the sizes of the caches: where a search begins, and what runs untuned.

public import HoneHost

/// **Background.** Packed GEMM keeps a panel of B (kc x nr) in L1 while panels of A (mr x kc) stream past it from a block
/// (mc x kc) in L2, out of a block of B (kc x nc) in the last-level cache.
///
/// **Approach.** Low, Igual, Smith and Quintana-Orti (Analytical Modeling Is Enough for High-Performance BLIS, ACM TOMS 43(2),
/// 2016), with rows and columns exchanged because C is row-major here, and with shares of a cache in place of its ways,
/// because hosts do not always tell their associativity:
/// - kc: 512 steps, whatever L1 says: their model keeps B's panel and one of A in L1 and stops earlier, but on a core that fetches
///   ahead well (Zen 4, 32 KB) tiles of 32 to 64 columns gained 2 to 4 % from 128 to 512 with B's panel coming from L2, since a deeper
///   block halves the traffic of C; of 512 steps in one block instead of two, two threads gained up to 8 % more.
/// - mc: A's block takes half of L2; the rest is for B's panels and C on their way through. The kernel cuts each thread's rows into
///   even blocks of at most that.
/// - nc: B's block takes half of a core's reach in the last-level cache, shared by the threads that pack it together.
///
/// **Rejected.** Searching these on every host before the first run: the model is within a few percent, and a search starts here.
public enum CacheModel {
  /// - Returns: mc a multiple of `tileRows`, nc of `tileColumns`, kc of 8; none longer than the problem needs.
  public static func blocking(
    tileRows: Int, tileColumns: Int, elementBytes: Int, host: HostFacts, m: Int, n: Int, k: Int
  ) -> (mc: Int, kc: Int, nc: Int) {
    let (mr, nr, bytes) = (max(tileRows, 1), max(tileColumns, 1), max(elementBytes, 1))
    let l2 = host.l2Bytes > 0 ? host.l2Bytes : 512 << 10
    let last = host.l3Bytes > 0 ? host.l3Bytes : 4 * l2
    let kc = evenBlock(k, limit: depth, unit: 8)
    let rows = multiple(of: mr, l2 / 2 / (bytes * kc), in: 4 * mr...64 * mr)
    let mc = evenBlock(m, limit: rows, unit: mr)
    let columns = multiple(of: nr, last / 2 / (bytes * kc), in: 8 * nr...256 * nr)
    return (mc, kc, evenBlock(n, limit: columns, unit: nr))
  }

  /// Steps of k in a block.
  private static let depth = 512

  /// The multiple of `unit` at or below `value`, kept in a range of multiples.
  private static func multiple(of unit: Int, _ value: Int, in range: ClosedRange<Int>) -> Int {
    min(max(value / unit * unit, range.lowerBound), range.upperBound)
  }

  /// Equal blocks of `total`, none longer than `limit` (a multiple of `unit`): no short block at the end.
  private static func evenBlock(_ total: Int, limit: Int, unit: Int) -> Int {
    let blocks = max(1, (total + limit - 1) / limit)
    let length = (total + blocks - 1) / blocks
    return max(unit, (length + unit - 1) / unit * unit)
  }
}
