// Statistics+MannWhitney.swift: do two independent sets of samples differ?

internal import Glibc

/// The result of a two-sided rank test.
public struct RankTest: Hashable, Sendable {
  /// How many pairs (x, y) have x > y; ties count one half.
  public var u: Double
  /// Two-sided.
  public var p: Double
}

extension Statistics {
  /// The Mann–Whitney test, for samples that were not taken in pairs (two journals of two days). Exact where both sets
  /// have at most 20 values and no value is repeated; otherwise the normal approximation with corrections for ties
  /// and continuity. Samples of one process are not independent: a small p says that this run differed, not that the next one will.
  public static func mannWhitney(_ x: [Double], _ y: [Double]) -> RankTest {
    guard !x.isEmpty, !y.isEmpty else { return RankTest(u: .nan, p: .nan) }
    let ties = tieSizes(x + y)
    let u = x.reduce(0.0) { sum, value in
      y.reduce(sum) { $0 + (value > $1 ? 1 : value == $1 ? 0.5 : 0) }
    }
    let isExact = max(x.count, y.count) <= 20 && ties.allSatisfy { $0 == 1 }
    return RankTest(
      u: u,
      p: isExact
        ? exactProbability(u: u, x.count, y.count)
        : approximateProbability(u: u, x.count, y.count, ties: ties))
  }

  /// How often each value occurs.
  private static func tieSizes(_ values: [Double]) -> [Int] {
    Array(Dictionary(grouping: values) { $0 }.mapValues(\.count).values)
  }

  private static func approximateProbability(u: Double, _ n: Int, _ m: Int, ties: [Int]) -> Double {
    let total = Double(n + m)
    let product = Double(n) * Double(m)
    let correction = ties.reduce(0.0) { $0 + Double($1 * $1 * $1 - $1) } / (total * (total - 1))
    let variance = product / 12 * (total + 1 - correction)
    let distance = max(0, abs(u - product / 2) - 0.5)
    guard variance > 0 else { return 1 }
    return min(1, 2 * normalProbability(below: -distance / variance.squareRoot()))
  }

  /// Counts the orders of n + m values by their U, adding one value at a time.
  private static func exactProbability(u: Double, _ n: Int, _ m: Int) -> Double {
    // counts[i][s]: ways to choose i of the first ranks for x with s pairs (x, y) in favour of x.
    var counts = [[Double]](
      repeating: [Double](repeating: 0, count: n * m + 1), count: n + 1)
    counts[0][0] = 1
    for rank in 0..<(n + m) {
      for chosen in stride(from: min(rank, n - 1), through: 0, by: -1) {
        // A value of x at this rank beats the `rank - chosen` values of y below it.
        let gain = rank - chosen
        guard gain <= m else { continue }
        for sum in 0...(n * m) where sum + gain <= n * m {
          counts[chosen + 1][sum + gain] += counts[chosen][sum]
        }
      }
    }
    let all = counts[n].reduce(0, +)
    let extreme = Int(max(u, Double(n * m) - u))
    return min(1, 2 * counts[n][extreme...].reduce(0, +) / all)
  }
}
